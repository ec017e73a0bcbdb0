// SPDX-License-Identifier: Apache-2.0
// Nothing: the target that owns the precompiled header of the tests.
