# What `cmake --install` puts where.
install(TARGETS nstest-cli)
