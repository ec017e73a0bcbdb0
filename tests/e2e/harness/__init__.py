# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests stand on: a gateway process, clients and upstreams that speak bytes rather than a library's
# idea of HTTP, certificates, nginx. Nothing here knows Reeve's sources; the contract is all it goes by.
