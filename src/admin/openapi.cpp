// SPDX-License-Identifier: Apache-2.0
#include "admin/openapi.h"

namespace reeve::admin {

namespace {

constexpr std::string_view kDocument = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Reeve admin API",
    "version": "1",
    "description": "Operates one Reeve gateway. Errors are RFC 9457 problem documents. The Host of a request must be the admin address, a loopback address or localhost; only /healthz, /readyz and /metrics answer under any."
  },
  "security": [ { "adminToken": [] } ],
  "paths": {
    "/healthz": {
      "get": {
        "operationId": "healthz", "summary": "Whether the process lives", "security": [],
        "responses": { "200": { "description": "It does.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } } } }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "readyz", "summary": "Whether it wants new traffic", "security": [],
        "responses": {
          "200": { "description": "Every listener accepts.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } } },
          "503": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "metrics", "summary": "Counters and gauges for Prometheus", "security": [],
        "responses": { "200": { "description": "The text exposition format 0.0.4.", "content": { "text/plain": { "schema": { "type": "string" } } } } }
      }
    },
    "/openapi.json": {
      "get": {
        "operationId": "openapi", "summary": "This document",
        "responses": {
          "200": { "description": "OpenAPI 3.1.", "content": { "application/json": { "schema": { "type": "object" } } } },
          "401": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/config": {
      "get": {
        "operationId": "getConfig", "summary": "The configuration that is served, as written",
        "description": "Included files are merged, variables of the environment stand as ${NAME}. Hashes of keys, passwords and values of header fields that carry credentials are left out.",
        "responses": {
          "200": { "description": "It.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Configuration" } } } },
          "401": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" },
          "503": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/decisions/{id}": {
      "get": {
        "operationId": "getDecision", "summary": "Why that decision was taken",
        "parameters": [ { "name": "id", "in": "path", "required": true, "schema": { "type": "string" }, "description": "The value of Reeve-Decision." } ],
        "responses": {
          "200": { "description": "The explanation, of a refusal too.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Explanation" } } } },
          "401": { "$ref": "#/components/responses/Problem" },
          "404": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/explain": {
      "post": {
        "operationId": "explain", "summary": "What would become of a request, and why",
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
          "type": "object", "additionalProperties": false, "required": ["from", "method", "url"],
          "properties": {
            "as": { "type": "string", "description": "A caller." }, "key": { "type": "string", "description": "A whole key; excludes as." },
            "from": { "type": "string", "description": "The client's address." }, "at": { "type": "string", "format": "date-time" },
            "method": { "type": "string" }, "url": { "type": "string" }, "model": { "type": "string" },
            "headers": { "type": "object", "additionalProperties": { "oneOf": [ { "type": "string" }, { "type": "array", "items": { "type": "string" } } ] } }
          } } } } },
        "responses": {
          "200": { "description": "The explanation, of a refusal too.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Explanation" } } } },
          "400": { "$ref": "#/components/responses/Problem" },
          "401": { "$ref": "#/components/responses/Problem" },
          "413": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/plan": {
      "post": {
        "operationId": "plan", "summary": "Who would gain and who would lose what",
        "description": "Compares the text with the running configuration, exactly, over the 366 days from at on. Included files are those beside the running file. Changes nothing.",
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
          "type": "object", "additionalProperties": false, "required": ["config"],
          "properties": { "config": { "type": "string", "description": "YAML." }, "at": { "type": "string", "format": "date-time" } } } } } },
        "responses": {
          "200": { "description": "What changes.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Plan" } } } },
          "400": { "$ref": "#/components/responses/Problem" },
          "401": { "$ref": "#/components/responses/Problem" },
          "413": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" },
          "422": { "description": "The text is no valid configuration: ok is false, findings tells why." }
        }
      }
    },
    "/v1/reload": {
      "post": {
        "operationId": "reload", "summary": "Load the configuration file again",
        "description": "Loads the file that the gateway was started with. Answers when every thread serves the new configuration. An invalid file, or a socket that cannot be opened, changes nothing.",
        "requestBody": { "required": false, "content": { "application/json": { "schema": {
          "type": "object", "additionalProperties": false,
          "properties": { "accept_lost": { "type": ["string", "null"], "description": "Digest of the losses that are accepted." } } } } } },
        "responses": {
          "200": { "description": "It is served, or nothing had changed.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Reload" } } } },
          "400": { "$ref": "#/components/responses/Problem" },
          "401": { "$ref": "#/components/responses/Problem" },
          "413": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" },
          "409": { "description": "Somebody would lose access: loses and digest.", "content": { "application/problem+json": { "schema": { "allOf": [ { "$ref": "#/components/schemas/Problem" }, { "$ref": "#/components/schemas/Reload" } ] } } } },
          "422": { "description": "The file was refused.", "content": { "application/problem+json": { "schema": { "allOf": [ { "$ref": "#/components/schemas/Problem" }, { "$ref": "#/components/schemas/Reload" } ] } } } },
          "503": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/stats": {
      "get": {
        "operationId": "getStats", "summary": "What the gateway has done since it started",
        "responses": {
          "200": { "description": "Sums; durations in seconds.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Stats" } } } },
          "401": { "$ref": "#/components/responses/Problem" },
          "421": { "$ref": "#/components/responses/Problem" }
        }
      }
    }
  },
  "components": {
    "securitySchemes": { "adminToken": { "type": "http", "scheme": "bearer", "description": "The content of admin.token in the data folder." } },
    "responses": { "Problem": { "description": "Refused or failed; code and reasons tell why and what to do.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } } },
    "schemas": {
      "Status": { "type": "object", "required": ["status"], "properties": { "status": { "type": "string" } } },
      "Problem": {
        "type": "object", "required": ["type", "title", "status", "detail", "code", "reasons"],
        "properties": {
          "type": { "type": "string", "format": "uri" }, "title": { "type": "string" }, "status": { "type": "integer" },
          "detail": { "type": "string" }, "code": { "type": "string" },
          "reasons": { "type": "array", "items": { "type": "object", "required": ["code", "detail", "fix"],
            "properties": { "code": { "type": "string" }, "check": { "type": "string" }, "detail": { "type": "string" }, "fix": { "type": "string" } } } }
        }
      },
      "Explanation": {
        "type": "object", "required": ["decision", "time", "outcome", "status", "code", "configuration", "request", "caller", "route", "checks", "fixes"],
        "properties": {
          "decision": { "type": ["string", "null"] }, "time": { "type": "string", "format": "date-time" },
          "outcome": { "enum": ["allow", "deny", "depends"] }, "status": { "type": ["integer", "null"] }, "code": { "type": ["string", "null"] },
          "configuration": { "type": "object" }, "request": { "type": "object" }, "caller": { "type": ["object", "null"] }, "route": { "type": ["object", "null"] },
          "checks": { "type": "array", "items": { "type": "object", "required": ["check", "result"],
            "properties": { "check": { "type": "string" }, "result": { "enum": ["pass", "fail", "depends", "unknown", "skipped"] } } } },
          "today": { "type": "object" }, "fixes": { "type": "array", "items": { "type": "object" } }
        }
      },
      "Configuration": {
        "type": "object", "required": ["hash", "loaded", "file", "files", "configuration"],
        "properties": {
          "hash": { "type": "string" }, "loaded": { "type": "string", "format": "date-time" }, "file": { "type": "string" },
          "files": { "type": "array", "items": { "type": "string" } }, "configuration": { "type": "object" }
        }
      },
      "Durations": {
        "type": "object", "required": ["mean", "p50", "p95", "p99"], "description": "Seconds; null where nothing was counted.",
        "properties": { "mean": { "type": ["number", "null"] }, "p50": { "type": ["number", "null"] }, "p95": { "type": ["number", "null"] }, "p99": { "type": ["number", "null"] } }
      },
      "Stats": {
        "type": "object", "required": ["started", "configuration", "requests", "routes", "refusals", "connections", "targets", "log_lines_dropped"],
        "properties": {
          "started": { "type": "string", "format": "date-time" }, "configuration": { "type": "string" },
          "requests": { "type": "object", "properties": {
            "total": { "type": "integer" }, "gateway": { "type": "integer" }, "upstream": { "type": "integer" },
            "statuses": { "type": "object", "additionalProperties": { "type": "integer" } }, "duration": { "$ref": "#/components/schemas/Durations" } } },
          "routes": { "type": "array", "items": { "type": "object", "properties": {
            "route": { "type": ["string", "null"] }, "requests": { "type": "integer" }, "refusals": { "type": "integer" }, "duration": { "$ref": "#/components/schemas/Durations" } } } },
          "refusals": { "type": "array", "items": { "type": "object", "properties": {
            "code": { "type": "string" }, "check": { "type": "string" }, "route": { "type": ["string", "null"] }, "count": { "type": "integer" } } } },
          "connections": { "type": "object", "properties": { "open": { "type": "integer" }, "limit": { "type": "integer" }, "opened": { "type": "integer" } } },
          "targets": { "type": "array", "items": { "type": "object", "properties": {
            "upstream": { "type": "string" }, "target": { "type": "string" }, "healthy": { "type": "boolean" }, "ejected": { "type": "boolean" },
            "in_flight": { "type": "integer" }, "connections": { "type": "integer" } } } },
          "log_lines_dropped": { "type": "integer" }
        }
      },
      "PlanRow": {
        "type": "object", "required": ["caller", "route", "method", "networks", "hours", "was", "becomes", "witness", "because"],
        "properties": {
          "caller": { "type": "string" }, "callers": { "type": "array", "items": { "type": "string" } },
          "route": { "type": "string" }, "method": { "type": "string", "description": "GET stands for HEAD too; any: all that no route names." },
          "hosts": { "type": "array", "items": { "type": "string" } }, "paths": { "type": "array", "items": { "type": "string" } },
          "when": { "type": "array", "items": { "type": "string" }, "description": "Header fields and query parameters that routes look at." },
          "networks": { "type": "array", "items": { "type": "string" } },
          "hours": { "description": "always, or windows." }, "except": { "type": "array", "items": { "type": "object" } },
          "from": { "type": "string", "format": "date-time" }, "until": { "type": "string", "format": "date-time" },
          "was": { "type": "string" }, "becomes": { "type": "string" }, "witness": { "type": "object" }, "because": { "type": "string" }
        }
      },
      "Plan": {
        "type": "object", "required": ["loses", "gains", "changed", "same", "expect", "audit", "digest"],
        "properties": {
          "loses": { "type": "array", "items": { "$ref": "#/components/schemas/PlanRow" } },
          "gains": { "type": "array", "items": { "$ref": "#/components/schemas/PlanRow" } },
          "changed": { "type": "array", "items": { "type": "object" } },
          "same": { "type": "boolean" }, "expect": { "type": "array", "items": { "type": "object" } },
          "audit": { "type": "array", "items": { "$ref": "#/components/schemas/Finding" } }, "digest": { "type": "string" }
        }
      },
      "Finding": {
        "type": "object", "required": ["file", "line", "column", "severity", "rule", "text", "fix"],
        "properties": { "file": { "type": "string" }, "line": { "type": "integer" }, "column": { "type": "integer" },
          "severity": { "enum": ["error", "warning", "info"] }, "rule": { "type": "string" }, "text": { "type": "string" }, "fix": { "type": "string" } }
      },
      "Reload": {
        "type": "object", "required": ["ok", "changed", "configuration", "findings", "loses", "digest"],
        "properties": {
          "ok": { "type": "boolean" }, "changed": { "type": "boolean" },
          "configuration": { "type": "string", "description": "Hash of the configuration that is served now." },
          "findings": { "type": "array", "items": { "$ref": "#/components/schemas/Finding" } },
          "loses": { "type": "array", "items": { "type": "object" } }, "digest": { "type": ["string", "null"] }
        }
      }
    }
  }
}
)json";

}  // namespace

rt::Task<Answer> openapi(Call&) {
  co_return Answer{.body = std::string(kDocument)};
}

}  // namespace reeve::admin
