/* SPDX-License-Identifier: MIT */
/* What travels between a handle and its lab process: a function, bytes, descriptors one
 * way; a result, a sentence, bytes, descriptors back. */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <lab/inside.h>

/* Return: 0; -EPIPE when the other side is gone; else -errno. */
int wire_send_request(int fd, nst_inside_fn *function, const struct nst_message *request);
int wire_receive_request(int fd, nst_inside_fn **ret_function, struct nst_message *ret);

/* The sentence of the last failure goes with a negative result, and becomes the last
 * failure on the other side. */
int wire_send_reply(int fd, int result, const struct nst_message *reply);
int wire_receive_reply(int fd, int *ret_result, struct nst_message *ret);

/* Frees the data and closes the descriptors that are left. */
void wire_message_drop(struct nst_message *message);

#endif
