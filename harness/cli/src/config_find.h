/* SPDX-License-Identifier: MIT */
/* Where the nstest.yaml of a project is. */
#ifndef CLI_CONFIG_FIND_H
#define CLI_CONFIG_FIND_H

/* The way from here to its folder, "" or "../../"; NULL if there is none. -ENOMEM. */
int config_search(char **ret_folder);

#endif
