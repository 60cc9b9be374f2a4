#!/bin/sh
# Bazel: what the sh_test of BUILD.bazel runs. nstest finds its shard by TEST_SHARD_INDEX and TEST_TOTAL_SHARDS, says
# that it does by TEST_SHARD_STATUS_FILE, and writes its JUnit XML to XML_OUTPUT_FILE.
exec nstest run --out "$TEST_UNDECLARED_OUTPUTS_DIR" "$@"
