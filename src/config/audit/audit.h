// SPDX-License-Identifier: Apache-2.0
// The audit of a configuration that has no errors: whom it refuses without meaning to, and what it leaves
// open. Adds warnings and infos, never an error; costs about as much as a small part of the load, whatever
// the size. Called by load.h where it is wanted.
#pragma once

#include "config/context.h"
#include "config/load.h"
#include "config/yaml/node.h"
#include "policy/snapshot.h"

namespace reeve::config::audit {

/// `root` is the tree that the Snapshot was made from.
void run(const yaml::Node& root, const policy::Snapshot& snapshot, const Audit& wanted, Context& context);

}  // namespace reeve::config::audit
