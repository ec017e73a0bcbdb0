// SPDX-License-Identifier: Apache-2.0
// Nothing: the target that owns the precompiled header of the libraries. CMake needs a source to hang it on;
// the list of headers is in targets.cmake.
