// Generated from api/openapi.yaml by `npm run generate`. Do not edit.

export type OperationId =
  | 'getOpenApi'
  | 'listNamespaces'
  | 'createNamespace'
  | 'getNamespace'
  | 'deleteNamespace'
  | 'listConfigs'
  | 'getConfig'
  | 'createConfig'
  | 'saveConfig'
  | 'deleteConfig'
  | 'listVersions'
  | 'deleteVersion'
  | 'undeleteConfig'
  | 'purgeVersion'
  | 'diffVersions'
  | 'diffText'
  | 'blameConfig'
  | 'listUsage'
  | 'promoteVersion'
  | 'promoteConfigs'
  | 'searchConfigs'
  | 'watchNamespace'
  | 'watchConfig'
  | 'listDeployments'
  | 'deploy'
  | 'importVersions'
  | 'exportVersions'
  | 'listLinks'
  | 'listConfigLinks'
  | 'listProposals'
  | 'confirmProposal'
  | 'previewProposal'
  | 'listDrift'
  | 'diagnosePawl'
  | 'listViolations'
  | 'listTrash'
  | 'listFreezes'
  | 'freezeConfigs'
  | 'unfreezeConfigs'
  | 'listApprovals'
  | 'getApproval'
  | 'approveChange'
  | 'rejectChange';

export const openapi = {
  "openapi": "3.1.0",
  "info": {
    "title": "Pawl",
    "version": "0.1.0",
    "summary": "Versioned, merge-safe configuration.",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    },
    "description": "A **config** is a text with an identity `(namespace, path)` and a numbered history that nobody can rewrite.\nA save names the version it was edited from; when that is not the latest any more, the edit is carried onto\nthe latest, and only a real clash is refused.\n\n**Paths.** `{path}` is the whole rest of the URL's path, such as `limits/eu.yaml`. It is one parameter, and its\nslashes may be written as they are or as `%2F`, as generated clients do: both are the same config. After\ndecoding once, it is segments of letters, digits and `. _ @ + = -`, joined by single slashes; anything else is\nrefused with `invalid-path` and never mended. What belongs to a config and is not its text has a root of its\nown (`/versions/…`, `/diff/…`), so no name of a config can be taken for one.\n\n**Refusals** are RFC 9457 documents, `application/problem+json`. `type` is stable and leads to what can be done\nabout it; `reason` is the same word as in the conditions of a ConfigVersion object.\n\n**Rights.** The bearer token is shown to the API server (TokenReview, Pawl's audience). What its owner may\ndo is Kubernetes RBAC on `configs` of group `store.pawl.dev` in the Kubernetes namespace of the config\nnamespace's name, where a `resourceName` is the path with `/` written as `:`.\n\n**Retries.** Every write but an import, which may be sent again as it is, takes an `Idempotency-Key`. The same\nrequest with the same key is done once, and answered again as it was (`Idempotency-Replayed: true`).\n"
  },
  "servers": [
    {
      "url": "/"
    }
  ],
  "security": [
    {
      "token": []
    }
  ],
  "tags": [
    {
      "name": "namespaces",
      "description": "Containers of configs."
    },
    {
      "name": "configs",
      "description": "Reading, saving and deleting."
    },
    {
      "name": "history",
      "description": "Versions, differences, and who changed what."
    },
    {
      "name": "deployments",
      "description": "Several changes at once, and the log of all of them."
    },
    {
      "name": "proposals",
      "description": "ConfigVersion objects that wait for a person."
    },
    {
      "name": "approvals",
      "description": "Changes of protected configs that wait until others have approved them."
    },
    {
      "name": "service",
      "description": "The API itself."
    }
  ],
  "paths": {
    "/openapi.json": {
      "get": {
        "operationId": "getOpenApi",
        "tags": [
          "service"
        ],
        "summary": "This document",
        "security": [],
        "responses": {
          "200": {
            "description": "The OpenAPI document, as JSON.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object"
                },
                "example": {
                  "openapi": "3.1.0"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/namespaces": {
      "get": {
        "operationId": "listNamespaces",
        "tags": [
          "namespaces"
        ],
        "summary": "Config namespaces the reader may list",
        "description": "A page may hold fewer of them than `limit`, even none, and have a next one: of a reader who may not list configs in\nall namespaces, each request looks at 100. A right that was given or taken shows here within 30 seconds.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page, in the order of names.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/NamespacePage"
                },
                "example": {
                  "items": [
                    {
                      "name": "payments",
                      "configs": 12,
                      "created_at": "2026-01-07T08:00:00.000Z"
                    }
                  ],
                  "next_cursor": "bmFtZXNwYWNlcw"
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listNamespaces",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "getFirst": {
                "operationId": "getNamespace",
                "parameters": {
                  "namespace": "$response.body#/items/0/name"
                }
              },
              "listConfigsOfFirst": {
                "operationId": "listConfigs",
                "parameters": {
                  "namespace": "$response.body#/items/0/name"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "post": {
        "operationId": "createNamespace",
        "tags": [
          "namespaces"
        ],
        "summary": "Create an empty config namespace",
        "description": "Needs the right `create` on configs in it. It may stay empty.",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewNamespace"
              },
              "example": {
                "name": "payments"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "With `dry_run`, what would be created.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Namespace"
                },
                "example": {
                  "name": "payments",
                  "configs": 0,
                  "created_at": "2026-01-07T08:00:00.000Z"
                }
              }
            }
          },
          "201": {
            "description": "Created.",
            "headers": {
              "Location": {
                "$ref": "#/components/headers/Location"
              },
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Namespace"
                },
                "example": {
                  "name": "payments",
                  "configs": 0,
                  "created_at": "2026-01-07T08:00:00.000Z"
                }
              }
            },
            "links": {
              "getIt": {
                "operationId": "getNamespace",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              },
              "deleteIt": {
                "operationId": "deleteNamespace",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              },
              "listItsConfigs": {
                "operationId": "listConfigs",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              },
              "createConfigInIt": {
                "operationId": "createConfig",
                "parameters": {
                  "namespace": "$response.body#/name",
                  "path": "limits/eu.yaml"
                }
              },
              "saveFirstInIt": {
                "operationId": "saveConfig",
                "parameters": {
                  "namespace": "$response.body#/name",
                  "path": "limits/us.yaml",
                  "header.If-None-Match": "*"
                }
              },
              "searchInIt": {
                "operationId": "searchConfigs",
                "parameters": {
                  "query.namespace": "$response.body#/name"
                }
              },
              "watchIt": {
                "operationId": "watchNamespace",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              },
              "listItsDeployments": {
                "operationId": "listDeployments",
                "parameters": {
                  "query.namespace": "$response.body#/name"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/namespaces/{namespace}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        }
      ],
      "get": {
        "operationId": "getNamespace",
        "tags": [
          "namespaces"
        ],
        "summary": "A config namespace and how many configs it has",
        "responses": {
          "200": {
            "description": "The config namespace.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Namespace"
                },
                "example": {
                  "name": "payments",
                  "configs": 0,
                  "created_at": "2026-01-07T08:00:00.000Z"
                }
              }
            },
            "links": {
              "listItsConfigs": {
                "operationId": "listConfigs",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              },
              "deleteIt": {
                "operationId": "deleteNamespace",
                "parameters": {
                  "namespace": "$response.body#/name"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "deleteNamespace",
        "tags": [
          "namespaces"
        ],
        "summary": "Delete an empty config namespace",
        "description": "With configs in it, the answer is 409 `namespace-not-empty` with their number in `configs`.",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "responses": {
          "204": {
            "description": "Deleted.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/configs/{namespace}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        }
      ],
      "get": {
        "operationId": "listConfigs",
        "tags": [
          "configs"
        ],
        "summary": "Folders and configs below a prefix",
        "description": "With `delimiter=/`, what lies deeper is one `folder` item per next segment, as in a file manager; without,\nevery config below the prefix is listed. Texts are not part of the answer.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/prefix"
          },
          {
            "name": "delimiter",
            "in": "query",
            "description": "`/` gathers what lies deeper into folders.",
            "schema": {
              "type": "string",
              "enum": [
                "/"
              ]
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page, in the byte order of paths.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ConfigPage"
                },
                "example": {
                  "items": [
                    {
                      "kind": "folder",
                      "path": "limits/old/"
                    },
                    {
                      "kind": "config",
                      "path": "limits/eu.yaml",
                      "config": {
                        "namespace": "payments",
                        "path": "limits/eu.yaml",
                        "format": "yaml",
                        "latest_version": 9
                      },
                      "latest": {
                        "version": 9,
                        "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                        "created_at": "2026-03-02T09:14:05.120Z",
                        "created_by": "bob@example.com",
                        "actor": "bob@example.com",
                        "actor_verified": true,
                        "comment": "raise the EU cap",
                        "kind": "direct",
                        "base_version": 8,
                        "git": {
                          "commit": "3f2c9d1",
                          "branch": "main",
                          "dirty": false
                        },
                        "bytes": 10
                      }
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listConfigs",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "readFirst": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "path": "$response.body#/items/0/config/path"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/configs/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "getConfig",
        "tags": [
          "configs"
        ],
        "summary": "Read the latest version, or one of its past",
        "description": "`Accept: text/plain` answers the text itself, byte for byte; anything else the JSON envelope. The ETag is\nthe number of the version shown, to be sent back as `If-Match` or `base_version`.\n",
        "parameters": [
          {
            "name": "version",
            "in": "query",
            "description": "A version's number. Without it, the latest.",
            "schema": {
              "$ref": "#/components/schemas/VersionNumber"
            }
          },
          {
            "name": "If-None-Match",
            "in": "header",
            "description": "An ETag seen before; 304 when it still is the version asked for. The JSON envelope of a version that is\nnot the latest is never answered with 304, because it says what the latest is; its text is.\n",
            "schema": {
              "type": "string",
              "maxLength": 256
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The version.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              },
              "Link": {
                "$ref": "#/components/headers/Link"
              },
              "Last-Modified": {
                "$ref": "#/components/headers/LastModified"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ConfigRead"
                },
                "example": {
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "format": "yaml",
                    "latest_version": 9
                  },
                  "latest": {
                    "version": 9,
                    "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                    "created_at": "2026-03-02T09:14:05.120Z",
                    "created_by": "bob@example.com",
                    "actor": "bob@example.com",
                    "actor_verified": true,
                    "comment": "raise the EU cap",
                    "kind": "direct",
                    "base_version": 8,
                    "git": {
                      "commit": "3f2c9d1",
                      "branch": "main",
                      "dirty": false
                    },
                    "bytes": 10,
                    "body_raw": "cap: 1500\n"
                  }
                }
              },
              "text/plain": {
                "schema": {
                  "type": "string",
                  "description": "The text itself."
                },
                "example": "cap: 1500\n"
              }
            },
            "links": {
              "saveOnIt": {
                "$ref": "#/components/links/saveOnIt"
              },
              "deleteIt": {
                "$ref": "#/components/links/deleteIt"
              },
              "listItsVersions": {
                "$ref": "#/components/links/listItsVersions"
              },
              "blameIt": {
                "$ref": "#/components/links/blameIt"
              },
              "diffTextAgainstIt": {
                "$ref": "#/components/links/diffTextAgainstIt"
              },
              "promoteVersionOfIt": {
                "$ref": "#/components/links/promoteVersionOfIt"
              },
              "watchIt": {
                "$ref": "#/components/links/watchIt"
              }
            }
          },
          "304": {
            "description": "Not modified.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "406": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "post": {
        "operationId": "createConfig",
        "tags": [
          "configs"
        ],
        "summary": "Create a config",
        "description": "As saving with `base_version` 0. When it exists, the answer is 409 `already-exists`.",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewConfig"
              },
              "example": {
                "format": "yaml",
                "body_raw": "cap: 1000\n",
                "comment": "first caps"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "With `dry_run`, what would be created.",
            "headers": {
              "ETag": {
                "$ref": "#/components/headers/ETag"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SavedConfig"
                },
                "example": {
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "format": "yaml",
                    "latest_version": 9
                  },
                  "latest": {
                    "version": 9,
                    "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                    "created_at": "2026-03-02T09:14:05.120Z",
                    "created_by": "bob@example.com",
                    "actor": "bob@example.com",
                    "actor_verified": true,
                    "comment": "raise the EU cap",
                    "kind": "direct",
                    "base_version": 8,
                    "git": {
                      "commit": "3f2c9d1",
                      "branch": "main",
                      "dirty": false
                    },
                    "bytes": 10,
                    "body_raw": "cap: 1500\n"
                  },
                  "result": "saved",
                  "dry_run": false
                }
              }
            }
          },
          "201": {
            "$ref": "#/components/responses/Created"
          },
          "202": {
            "$ref": "#/components/responses/Waiting"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "put": {
        "operationId": "saveConfig",
        "tags": [
          "configs"
        ],
        "summary": "Save a text as the next version",
        "description": "`base_version` (or `If-Match: \"N\"`, which means the same) says which version the text was edited from;\n`base_version` 0 (or `If-None-Match: *`) that there must be none yet.\n\n| the base is | and | answer |\n|---|---|---|\n| the latest | | saved: 200, or 201 for the first version |\n| older | `on_stale: reject` | 409 `version-conflict` with the differences |\n| older | the edit merges, `on_stale: merge` | saved as a merge: 200 |\n| older | the edit merges, `on_stale: confirm` (default) | 409 `confirmation-required` with `diff`, `merged` and a `token`; the same request with `confirm: token` saves exactly that |\n| older | both sides changed the same places | 409 `version-conflict` with `places` and `marked` |\n| not stated | the config exists | 428 `base-version-required`, with `current_version` |\n| not stated | `If-Match: *` | saved as it is, in the place of the latest, and kept as `kind: overwrite`; 409 `base-version-gone` where there is none |\n| any | the config is protected (`policy.approval`) | kept until others have approved it: 202, with its address |\n| not stated | the namespace's policy says `requireBaseVersion: false` | saved on top of the latest; 409 `confirmation-required` when that takes back what another person saved |\n\nSaving the latest text again makes no new version: 200 with `result: unchanged`. A base that is not the latest\nis answered with 409 and never with 412, also when it came as a header, because the server may be able to\nsave it anyway.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          },
          {
            "$ref": "#/components/parameters/ifMatchOrAny"
          },
          {
            "name": "If-None-Match",
            "in": "header",
            "description": "`*`: there must be no such config yet, as `base_version` 0.",
            "schema": {
              "type": "string",
              "enum": [
                "*"
              ]
            }
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/SaveConfig"
              },
              "example": {
                "format": "yaml",
                "body_raw": "cap: 1500\n",
                "base_version": 7,
                "comment": "raise the EU cap"
              }
            }
          }
        },
        "responses": {
          "200": {
            "$ref": "#/components/responses/Saved"
          },
          "201": {
            "$ref": "#/components/responses/Created"
          },
          "202": {
            "$ref": "#/components/responses/Waiting"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/SaveConflict"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "428": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "deleteConfig",
        "tags": [
          "configs"
        ],
        "summary": "Delete a config with all its versions",
        "description": "Its numbers are never used again. With `If-Match: \"N\"` only when N still is the latest: otherwise 409\n`version-conflict`. A namespace that requires a base requires it here (428), and one that requires a Git commit\ntakes deletes as changes of `POST /deployments` only (422). It can be brought back for as long as the trash keeps it\n(`PAWL_TRASH_DAYS`, 7 days unless set otherwise): `POST /undelete/{namespace}/{path}`.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "name": "purge",
            "in": "query",
            "description": "The texts go at once, also those of earlier deletes that are in the trash. Takes a config that is deleted already, too.",
            "schema": {
              "type": "boolean",
              "default": false
            }
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          },
          {
            "$ref": "#/components/parameters/ifMatch"
          }
        ],
        "responses": {
          "204": {
            "description": "Deleted.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "428": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/versions/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "listVersions",
        "tags": [
          "history"
        ],
        "summary": "The versions of a config, newest first",
        "description": "Without their texts; read one with `GET /configs/{namespace}/{path}?version=N`.",
        "parameters": [
          {
            "name": "author",
            "in": "query",
            "description": "Only those with this in their author's or actor's name, in any case; `:` and `/` are alike, so that\n`payments/ada` finds `system:serviceaccount:payments:ada`.\n",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 512,
              "pattern": "^[^\\u0000]*$"
            }
          },
          {
            "name": "since",
            "in": "query",
            "description": "Only those saved from this moment on.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "name": "until",
            "in": "query",
            "description": "Only those saved before this moment.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/VersionPage"
                },
                "example": {
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "format": "yaml",
                    "latest_version": 9
                  },
                  "items": [
                    {
                      "version": 9,
                      "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                      "created_at": "2026-03-02T09:14:05.120Z",
                      "created_by": "bob@example.com",
                      "actor": "bob@example.com",
                      "actor_verified": true,
                      "comment": "raise the EU cap",
                      "kind": "direct",
                      "base_version": 8,
                      "git": {
                        "commit": "3f2c9d1",
                        "branch": "main",
                        "dirty": false
                      },
                      "bytes": 10
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listVersions",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "path": "$request.path.path",
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "readFirst": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$response.body#/config/namespace",
                  "path": "$response.body#/config/path",
                  "version": "$response.body#/items/0/version"
                }
              },
              "diffFirstTwo": {
                "operationId": "diffVersions",
                "parameters": {
                  "namespace": "$response.body#/config/namespace",
                  "path": "$response.body#/config/path",
                  "from": "$response.body#/items/1/version",
                  "to": "$response.body#/items/0/version"
                }
              },
              "promoteSecond": {
                "operationId": "promoteVersion",
                "parameters": {
                  "namespace": "$response.body#/config/namespace",
                  "path": "$response.body#/config/path"
                },
                "requestBody": {
                  "version": "$response.body#/items/1/version",
                  "base_version": "$response.body#/config/latest_version"
                }
              },
              "deleteSecond": {
                "operationId": "deleteVersion",
                "parameters": {
                  "namespace": "$response.body#/config/namespace",
                  "path": "$response.body#/config/path",
                  "version": "$response.body#/items/1/version"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "deleteVersion",
        "tags": [
          "history"
        ],
        "summary": "Delete one version that is not the latest",
        "description": "Its number stays used. For a version that holds a secret, purge it instead. The latest cannot be\ndeleted: 409 `latest-version`; save another text first. Refused while the config is frozen (423) or protected (409),\nand in a namespace that requires a Git commit (422).\n",
        "parameters": [
          {
            "name": "version",
            "in": "query",
            "required": true,
            "description": "The version's number.",
            "schema": {
              "$ref": "#/components/schemas/VersionNumber"
            }
          },
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "responses": {
          "204": {
            "description": "Deleted.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/undelete/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "post": {
        "operationId": "undeleteConfig",
        "tags": [
          "history"
        ],
        "summary": "Bring back what the newest delete of a config took",
        "description": "Needs the rights `create` and `delete` on the config. All versions come back as they were, under their own numbers, and\nthe same one is the latest. Where the config was saved again since, that stays the latest, and the versions become its\nhistory. A frozen config is not undeleted (423), and neither is one in a namespace that requires a Git commit (422).\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "responses": {
          "200": {
            "description": "What came back.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Undeleted"
                },
                "example": {
                  "versions": 3,
                  "first_version": 1,
                  "last_version": 3,
                  "latest": 3,
                  "as_history": false
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "423": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/purge/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "post": {
        "operationId": "purgeVersion",
        "tags": [
          "history"
        ],
        "summary": "Purge a version that holds a secret",
        "description": "Needs the right `purge`. Deletes the version, every other version of the config that has the same text, and every copy\nthat Pawl keeps of that text, in the trash, too, as one entry of the log with the reason. Their numbers stay used. What the latest\nversion says cannot be purged: 409 `latest-version`; save another text first. Objects of Kubernetes, backups and the\ndatabase's own log are not Pawl's to delete, so replace the secret, too.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Purge"
              },
              "example": {
                "version": 8,
                "reason": "It held the password of the database"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What was purged.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Purged"
                },
                "example": {
                  "versions": [
                    8
                  ],
                  "also_in": [
                    9
                  ],
                  "still_held": [
                    {
                      "kind": "ConfigVersion",
                      "namespace": "payments",
                      "name": "limits",
                      "version": 8
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/diff/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "diffVersions",
        "tags": [
          "history"
        ],
        "summary": "What changed between two versions",
        "parameters": [
          {
            "name": "from",
            "in": "query",
            "required": true,
            "description": "The version to compare from.",
            "schema": {
              "$ref": "#/components/schemas/VersionNumber"
            }
          },
          {
            "name": "to",
            "in": "query",
            "description": "The version to compare to. Without it, the latest.",
            "schema": {
              "$ref": "#/components/schemas/VersionNumber"
            }
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Diff"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "post": {
        "operationId": "diffText",
        "tags": [
          "history"
        ],
        "summary": "What a text changes against a version",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/DiffText"
              },
              "example": {
                "body_raw": "cap: 1500\n",
                "from": 7
              }
            }
          }
        },
        "responses": {
          "200": {
            "$ref": "#/components/responses/Diff"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/blame/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "blameConfig",
        "tags": [
          "history"
        ],
        "summary": "Who changed each line last, and in which version",
        "parameters": [
          {
            "name": "version",
            "in": "query",
            "description": "The version whose lines are asked about. Without it, the latest.",
            "schema": {
              "$ref": "#/components/schemas/VersionNumber"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The lines, each with the version that brought it.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Blame"
                },
                "example": {
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "format": "yaml",
                    "latest_version": 9
                  },
                  "version": 9,
                  "lines": [
                    {
                      "line": 1,
                      "text": "cap: 1500",
                      "version": 9
                    }
                  ],
                  "versions": [
                    {
                      "version": 9,
                      "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                      "created_at": "2026-03-02T09:14:05.120Z",
                      "created_by": "bob@example.com",
                      "actor": "bob@example.com",
                      "actor_verified": true,
                      "comment": "raise the EU cap",
                      "kind": "direct",
                      "base_version": 8,
                      "git": {
                        "commit": "3f2c9d1",
                        "branch": "main",
                        "dirty": false
                      },
                      "bytes": 10
                    }
                  ]
                }
              }
            },
            "links": {
              "readVersionOfFirstLine": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$response.body#/config/namespace",
                  "path": "$response.body#/config/path",
                  "version": "$response.body#/lines/0/version"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/usage/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "listUsage",
        "tags": [
          "configs"
        ],
        "summary": "Where a config is used",
        "description": "The ConfigVersion objects that propose this config, the ConfigProjection objects that name it or a folder it is in,\nthe ConfigMaps and Secrets that show it, and the workloads that restart for it, each with its version, in the order\nof namespaces and names, as far as the reader may `get` `configversions.pawl.dev`, `configprojections.pawl.dev`,\n`configmaps`, `secrets` or such a workload there. A page may hold fewer items than `limit` and still have a next one.\nWith `pods=true` the first 20 workloads of a page have their pods, as far as the reader may `list` `pods` there.\n",
        "parameters": [
          {
            "name": "pods",
            "in": "query",
            "schema": {
              "type": "boolean"
            },
            "description": "Whether workloads have their pods."
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/UsagePage"
                },
                "example": {
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "format": "yaml",
                    "latest_version": 9
                  },
                  "items": [
                    {
                      "kind": "ConfigMap",
                      "namespace": "payments",
                      "name": "limits-eu.yaml",
                      "keys": [
                        "eu.yaml"
                      ],
                      "version": 9
                    },
                    {
                      "kind": "ConfigVersion",
                      "namespace": "payments",
                      "name": "limits",
                      "config_map": "limits-eu.yaml",
                      "version": 8,
                      "ready": true,
                      "reason": "Saved",
                      "message": "Saved as version 8."
                    },
                    {
                      "kind": "Deployment",
                      "namespace": "payments",
                      "name": "payouts",
                      "config_map": "limits-eu.yaml",
                      "version": 8,
                      "behind": true
                    }
                  ],
                  "workloads": "Listed"
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listUsage",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "path": "$request.path.path",
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "readIt": {
                "$ref": "#/components/links/readIt"
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/promote/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "post": {
        "operationId": "promoteVersion",
        "tags": [
          "history"
        ],
        "summary": "Save the text of an old version again, as a new one",
        "description": "There is no rollback: the old text becomes the next version, by the same rules as any save. `base_version`\nis the latest version its author looked at.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          },
          {
            "$ref": "#/components/parameters/ifMatchOrAny"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Promotion"
              },
              "example": {
                "version": 5,
                "base_version": 9,
                "comment": "back to the caps of spring"
              }
            }
          }
        },
        "responses": {
          "200": {
            "$ref": "#/components/responses/Saved"
          },
          "202": {
            "$ref": "#/components/responses/Waiting"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/PromotionConflict"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "428": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/promotions": {
      "post": {
        "operationId": "promoteConfigs",
        "tags": [
          "configs"
        ],
        "summary": "Carry what changed in one config namespace to another one",
        "description": "What changed in each config of `from` since it was last promoted to `to` is applied onto the latest version there,\nwith the same merge as a stale edit: what differs on purpose stays. All are saved, or none, as one deployment of kind\n`promoted`; the comment names the source version. Without `confirm`, or with that of another result, nothing is\nsaved, and the answer is `confirmation-required` with what would be saved (`items`) and its `token`. Needs `get` on\nthe configs of `from`, and `update` or `create` on those of `to`. Where both sides changed the same places, the answer is\n`version-conflict` with the places, the `marked` text, `promoted_from` and `current_version`; the text that a person\nmade of it is sent as `decided`, with these two versions.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewPromotions"
              },
              "example": {
                "from": "payments-staging",
                "to": "payments-prod",
                "paths": [
                  "limits/eu.yaml"
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "All of them, or what they would be.",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeploymentResult"
                },
                "example": {
                  "items": [
                    {
                      "namespace": "payments-prod",
                      "path": "limits/eu.yaml",
                      "operation": "update",
                      "result": "promoted",
                      "old_version": 8,
                      "new_version": 9,
                      "promoted_from": {
                        "namespace": "payments-staging",
                        "path": "limits/eu.yaml",
                        "version": 12
                      },
                      "since_version": 10
                    }
                  ],
                  "dry_run": false
                }
              }
            }
          },
          "202": {
            "$ref": "#/components/responses/Waiting"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/search": {
      "get": {
        "operationId": "searchConfigs",
        "tags": [
          "configs"
        ],
        "summary": "Find configs by path, key and value",
        "description": "At least one of `prefix`, `path`, `key` and `value`; all that are given must hold. Looks at the latest\nversions, and only in namespaces that the reader may list. A page may hold fewer items than `limit`, even\nnone, and still have a `next_cursor`.\n",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only in this config namespace. Without it, in all that the reader may list.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "$ref": "#/components/parameters/prefix"
          },
          {
            "name": "path",
            "in": "query",
            "description": "A part of the config's path, in any case of letters.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 512,
              "pattern": "^[^\\u0000]*$"
            }
          },
          {
            "name": "key",
            "in": "query",
            "description": "Keys from the root to the place, joined by slashes (`~1` is a slash in a key, `~0` a tilde). `*` is any\nkey, `**`, once, any number of them: `http/timeout`, `**/timeout`. Lists are looked into at each step.\n",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 512,
              "pattern": "^[^\\u0000]*$"
            }
          },
          {
            "name": "value",
            "in": "query",
            "description": "What is there (with `key`: at that key), equal as a JSON value: `30`, `true`, `\"on\"`. What is not JSON\nis taken for a string.\n",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 512,
              "pattern": "^[^\\u0000]*$"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page, in the order of namespaces and paths.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SearchPage"
                },
                "example": {
                  "items": [
                    {
                      "config": {
                        "namespace": "payments",
                        "path": "limits/eu.yaml",
                        "format": "yaml",
                        "latest_version": 9
                      },
                      "latest": {
                        "version": 9,
                        "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                        "created_at": "2026-03-02T09:14:05.120Z",
                        "created_by": "bob@example.com",
                        "actor": "bob@example.com",
                        "actor_verified": true,
                        "comment": "raise the EU cap",
                        "kind": "direct",
                        "base_version": 8,
                        "git": {
                          "commit": "3f2c9d1",
                          "branch": "main",
                          "dirty": false
                        },
                        "bytes": 10
                      }
                    }
                  ]
                }
              }
            },
            "links": {
              "readFirst": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$response.body#/items/0/config/namespace",
                  "path": "$response.body#/items/0/config/path"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/watch/{namespace}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        }
      ],
      "get": {
        "operationId": "watchNamespace",
        "tags": [
          "history"
        ],
        "summary": "New versions in a config namespace, as they are saved",
        "description": "Server-sent events (`text/event-stream`). `event: change` carries a `WatchEvent` as JSON in `data:`, and\nan `id:` to come back with as `Last-Event-ID`; no change between is missed and none is invented. `event:\nbookmark` carries a newer `id:` and nothing else, and comes at least every 15 seconds when nothing changes.\n`event: expired` says that the server does not remember that far back: list again; the stream goes on from\nits `id:`. A reader that does not keep up is let go, to come back with its last id.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/lastEventId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/EventStream"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/watch/{namespace}/{path}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/inNamespace"
        },
        {
          "$ref": "#/components/parameters/ofPath"
        }
      ],
      "get": {
        "operationId": "watchConfig",
        "tags": [
          "history"
        ],
        "summary": "New versions of one config, as they are saved",
        "description": "As for a namespace. The config need not exist yet.",
        "parameters": [
          {
            "$ref": "#/components/parameters/lastEventId"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/EventStream"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/deployments": {
      "get": {
        "operationId": "listDeployments",
        "tags": [
          "deployments"
        ],
        "summary": "The deployment log, newest first",
        "description": "Only what concerns namespaces that the reader may list.",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only entries that touch this config namespace.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "name": "path",
            "in": "query",
            "description": "Only entries that touch this config. With `namespace`.",
            "schema": {
              "$ref": "#/components/schemas/ConfigPath"
            }
          },
          {
            "name": "deployer",
            "in": "query",
            "description": "Only those of this person or program.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 512,
              "pattern": "^[^\\u0000]*$"
            }
          },
          {
            "name": "commit",
            "in": "query",
            "description": "Only those from this Git commit.",
            "schema": {
              "$ref": "#/components/schemas/GitCommit"
            }
          },
          {
            "name": "result",
            "in": "query",
            "description": "Only those that were all accepted, or of which something was refused.",
            "schema": {
              "type": "string",
              "enum": [
                "accepted",
                "refused"
              ]
            }
          },
          {
            "name": "since",
            "in": "query",
            "description": "Only those from this moment on.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "name": "until",
            "in": "query",
            "description": "Only those before this moment.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeploymentPage"
                },
                "example": {
                  "items": [
                    {
                      "id": "4711",
                      "created_at": "2026-03-02T09:14:05.120Z",
                      "deployer": "bob@example.com",
                      "deployer_verified": true,
                      "git": {
                        "commit": "3f2c9d1",
                        "branch": "main",
                        "dirty": false
                      },
                      "result": "accepted",
                      "entries": 1,
                      "change_count": 1,
                      "changes": [
                        {
                          "namespace": "payments",
                          "path": "limits/eu.yaml",
                          "operation": "update",
                          "old_version": 8,
                          "new_version": 9
                        }
                      ]
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listDeployments",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "readFirstChanged": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$response.body#/items/0/changes/0/namespace",
                  "path": "$response.body#/items/0/changes/0/path"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "post": {
        "operationId": "deploy",
        "tags": [
          "deployments"
        ],
        "summary": "Several changes, all or nothing",
        "description": "One transaction and one entry in the log, saves and deletes alike. When one change is refused, none is made:\nthe answer is 409 `deployment-refused`, and `items` says for each change what would have become of it, with\nits own `problem` where it was refused. A body that is larger than that of a single save must name its\nnamespaces in `namespaces`.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/dryRun"
          },
          {
            "$ref": "#/components/parameters/idempotencyKey"
          },
          {
            "name": "namespaces",
            "in": "query",
            "description": "Config namespaces of all changes, with commas between them. Whether you may write in them is then asked\nbefore the body is read, and it may be 16 times as large.\n",
            "schema": {
              "type": "string",
              "maxLength": 1279,
              "pattern": "^[a-z0-9-]{1,63}(,[a-z0-9-]{1,63}){0,19}$"
            }
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewDeployment"
              },
              "example": {
                "comment": "spring caps",
                "git": {
                  "commit": "3f2c9d1",
                  "branch": "main",
                  "dirty": false
                },
                "changes": [
                  {
                    "namespace": "payments",
                    "path": "limits/eu.yaml",
                    "body_raw": "cap: 1500\n",
                    "base_version": 7
                  },
                  {
                    "namespace": "payments",
                    "path": "limits/us.yaml",
                    "body_raw": "cap: 900\n",
                    "base_version": 2
                  },
                  {
                    "namespace": "payments",
                    "path": "limits/old.yaml",
                    "operation": "delete",
                    "base_version": 4
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "All changes are made (or, with `dry_run`, would be).",
            "headers": {
              "Idempotency-Replayed": {
                "$ref": "#/components/headers/IdempotencyReplayed"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeploymentResult"
                },
                "example": {
                  "items": [
                    {
                      "namespace": "payments",
                      "path": "limits/eu.yaml",
                      "operation": "update",
                      "result": "saved",
                      "old_version": 8,
                      "new_version": 9
                    }
                  ],
                  "dry_run": false
                }
              }
            },
            "links": {
              "readFirst": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$response.body#/items/0/namespace",
                  "path": "$response.body#/items/0/path"
                }
              },
              "findInLog": {
                "operationId": "listDeployments",
                "parameters": {
                  "query.namespace": "$response.body#/items/0/namespace",
                  "query.path": "$response.body#/items/0/path"
                }
              }
            }
          },
          "202": {
            "$ref": "#/components/responses/Waiting"
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "428": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/imports/{namespace}": {
      "post": {
        "operationId": "importVersions",
        "tags": [
          "deployments"
        ],
        "summary": "Commits of a Git history, as versions",
        "description": "Each commit becomes the next version of its config, in the order given, with `kind: imported`: its author, time,\nmessage and commit stand in it as they stood in Git, beside the verified user who imports and the time of the\nimport. All of them in one transaction and one entry of the log, or none. A commit whose text is not valid is\npassed over (`skipped`, with its `problem`).\n\nNeeds the right `import` on configs in the namespace, because an import speaks in the names of others, and\nbeside it `create` or `update` on each path. A config that exists goes on only after a version that was imported,\nor after a text that is the one which the commit changed (`parent_sha256`): everything else is refused with 409\n`version-conflict`. A commit that a config has already is `known`, so a batch may be sent again without a key.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/inNamespace"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewImport"
              },
              "example": {
                "branch": "main",
                "versions": [
                  {
                    "path": "limits/eu.yaml",
                    "body_raw": "cap: 1000\n",
                    "commit": "3f2c9d17c0b4a1e5d6f708192a3b4c5d6e7f8091",
                    "author": "Ada Lovelace <ada@example.com>",
                    "authored_at": "2024-05-01T12:00:00+02:00",
                    "comment": "first caps",
                    "file": "config/limits/eu.yaml",
                    "after": 0
                  }
                ]
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What became of each commit, in the order of the request.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ImportResult"
                },
                "example": {
                  "items": [
                    {
                      "path": "limits/eu.yaml",
                      "commit": "3f2c9d17c0b4a1e5d6f708192a3b4c5d6e7f8091",
                      "result": "imported",
                      "version": 1
                    }
                  ]
                }
              }
            },
            "links": {
              "readFirst": {
                "operationId": "getConfig",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "path": "$response.body#/items/0/path"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/export/{namespace}": {
      "get": {
        "operationId": "exportVersions",
        "tags": [
          "history"
        ],
        "summary": "All versions of a namespace with their texts, in the order in which they were saved",
        "description": "Of the configs that have a version now. Needs `get` on configs in the whole namespace. A page may hold fewer items\nthan `limit` and still have a next one: it ends where its texts have 2 MiB.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/inNamespace"
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ExportPage"
                },
                "example": {
                  "items": []
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "exportVersions",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "cursor": "$response.body#/next_cursor"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/links/{namespace}": {
      "get": {
        "operationId": "listLinks",
        "tags": [
          "history"
        ],
        "summary": "The hash chains of all configs of a namespace",
        "description": "By path and number, oldest first: for each number the link that its version had when it was saved, and what the\ndatabase has under that number now. Needs `get` on configs in the whole namespace. `kubectl pawl verify` calculates\nfrom it whether anything was changed. A page may hold fewer items than `limit` and still have a next one: it ends\nwhere the texts that were hashed for it have 8 MiB.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/inNamespace"
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/LinkPage"
                },
                "example": {
                  "items": [
                    {
                      "path": "limits/eu.yaml",
                      "version": 3,
                      "link": {
                        "sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                        "hints": "0f343b090f343b090f343b090f343b090f343b090f343b09"
                      },
                      "deleted": {
                        "at": "2026-03-02T09:14:05.120Z",
                        "by": "bob@example.com",
                        "by_verified": true,
                        "reason": "held a password",
                        "login": "pawl_operator"
                      }
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listLinks",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "cursor": "$response.body#/next_cursor"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/links/{namespace}/{path}": {
      "get": {
        "operationId": "listConfigLinks",
        "tags": [
          "history"
        ],
        "summary": "The hash chain of a config",
        "description": "As of a namespace, of one config. Empty where there was never such a config.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/inNamespace"
          },
          {
            "$ref": "#/components/parameters/ofPath"
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/LinkPage"
                },
                "example": {
                  "items": [
                    {
                      "path": "limits/eu.yaml",
                      "version": 3,
                      "link": {
                        "sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                        "hints": "0f343b090f343b090f343b090f343b090f343b090f343b09"
                      },
                      "deleted": {
                        "at": "2026-03-02T09:14:05.120Z",
                        "by": "bob@example.com",
                        "by_verified": true,
                        "reason": "held a password",
                        "login": "pawl_operator"
                      }
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listConfigLinks",
                "parameters": {
                  "namespace": "$request.path.namespace",
                  "path": "$request.path.path",
                  "cursor": "$response.body#/next_cursor"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/proposals": {
      "get": {
        "operationId": "listProposals",
        "tags": [
          "proposals"
        ],
        "summary": "ConfigVersion objects that a person has to do something about",
        "description": "Those that are refused or wait to be confirmed, in the order of namespaces and names, as far as the reader may\n`get` `configversions.pawl.dev` there. A page may hold fewer items than `limit` and still have a next one.\n",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only those in this Kubernetes namespace.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ProposalPage"
                },
                "example": {
                  "items": [
                    {
                      "namespace": "payments",
                      "name": "limits",
                      "uid": "6f1c2e0a-0d7e-4a51-9a4e-2f8d5b7c9e10",
                      "config": {
                        "namespace": "payments",
                        "path": "limits/eu.yaml"
                      },
                      "format": "yaml",
                      "reason": "ConfirmationRequired",
                      "message": "waits to be confirmed",
                      "created_at": "2026-03-02T09:14:05.120Z",
                      "token": "5f0c1d2e3a4b5c6d"
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listProposals",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "confirmFirst": {
                "operationId": "confirmProposal",
                "parameters": {
                  "namespace": "$response.body#/items/0/namespace",
                  "name": "$response.body#/items/0/name"
                },
                "requestBody": {
                  "token": "$response.body#/items/0/token"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/proposals/{namespace}/{name}/confirm": {
      "parameters": [
        {
          "name": "namespace",
          "in": "path",
          "required": true,
          "description": "The Kubernetes namespace of the object.",
          "schema": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "example": "payments"
        },
        {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "The name of the object.",
          "schema": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "example": "limits"
        }
      ],
      "post": {
        "operationId": "confirmProposal",
        "tags": [
          "proposals"
        ],
        "summary": "Confirm the merge that a ConfigVersion waits with",
        "description": "Does what the annotation `pawl.dev/confirm` does: exactly the merged text that the token stands for will be saved,\nor, when somebody saves in between, the object waits again with a new token. The history will name the caller as the\none who confirmed. Sent again, it changes nothing. Needs `get` and `update` on `configversions.pawl.dev`.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Confirmation"
              },
              "example": {
                "token": "5f0c1d2e3a4b5c6d"
              }
            }
          }
        },
        "responses": {
          "202": {
            "description": "It is confirmed, and will be saved in a moment. This is the object as it waited.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Proposal"
                },
                "example": {
                  "namespace": "payments",
                  "name": "limits",
                  "uid": "6f1c2e0a-0d7e-4a51-9a4e-2f8d5b7c9e10",
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml"
                  },
                  "format": "yaml",
                  "reason": "ConfirmationRequired",
                  "message": "waits to be confirmed",
                  "created_at": "2026-03-02T09:14:05.120Z",
                  "token": "5f0c1d2e3a4b5c6d"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/proposals/{namespace}/{name}/preview": {
      "parameters": [
        {
          "name": "namespace",
          "in": "path",
          "required": true,
          "description": "The Kubernetes namespace of the object.",
          "schema": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "example": "payments"
        },
        {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "The name of the object, which need not exist.",
          "schema": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "example": "limits"
        }
      ],
      "post": {
        "operationId": "previewProposal",
        "tags": [
          "proposals"
        ],
        "summary": "What a ConfigVersion's manifest would become, applied now",
        "description": "Decides as the operator would, along the object's own line, and writes nothing: for the pipelines of pull requests.\nWhat others save in the meantime can change the outcome. Needs `get` on `configversions.pawl.dev` and `get` on the\nconfig, and no right to write.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/PreviewRequest"
              },
              "example": {
                "spec": {
                  "path": "limits/eu.yaml",
                  "format": "yaml",
                  "body": "cap: 1500"
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it would become.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Preview"
                },
                "example": {
                  "namespace": "payments",
                  "name": "limits",
                  "config": {
                    "namespace": "payments",
                    "path": "limits/eu.yaml"
                  },
                  "format": "yaml",
                  "exists": true,
                  "outcome": "merged",
                  "reason": "Merged",
                  "message": "Would be merged with version 9 by bob and saved as version 10.",
                  "version": 10,
                  "current_version": 9,
                  "change": "--- version 9"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/drift": {
      "get": {
        "operationId": "listDrift",
        "tags": [
          "proposals"
        ],
        "summary": "ConfigVersion objects whose text is not the live one",
        "description": "Those whose edit was merged, or that a later version followed, in the order of namespaces and names, as far as the\nreader may `get` `configversions.pawl.dev` there. With Git as the only writer of objects, these are the files in Git\nthat lack part of the live text. A page may hold fewer items than `limit` and still have a next one.\n",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only those in this Kubernetes namespace.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DriftPage"
                },
                "example": {
                  "items": [
                    {
                      "namespace": "payments",
                      "name": "limits",
                      "uid": "6f1c2e0a-0d7e-4a51-9a4e-2f8d5b7c9e10",
                      "config": {
                        "namespace": "payments",
                        "path": "limits/eu.yaml"
                      },
                      "format": "yaml",
                      "reason": "Superseded",
                      "message": "Version 10 by bob came after this one.",
                      "version": 9,
                      "superseded_by": 10,
                      "live_version": 11,
                      "since": "2026-03-02T09:14:05Z"
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listDrift",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/diagnosis": {
      "get": {
        "operationId": "diagnosePawl",
        "tags": [
          "service"
        ],
        "summary": "What is well around this server, and what is not",
        "description": "For people who look after Pawl: its certificate, its database and the role it has there. Needs the right to `get`\n`diagnoses.store.pawl.dev` in all namespaces. `kubectl pawl doctor` shows it beside what the cluster says.\n",
        "responses": {
          "200": {
            "description": "One check each, in a fixed order. A check that is not known is to be shown as it is.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Diagnosis"
                },
                "example": {
                  "checks": [
                    {
                      "name": "certificate",
                      "level": "warning",
                      "message": "The serving certificate ends at 2027-01-02T06:00:00.000Z, in 9 days. Is anything renewing it?"
                    }
                  ]
                }
              }
            }
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/violations": {
      "get": {
        "operationId": "listViolations",
        "tags": [
          "configs"
        ],
        "summary": "Latest versions that the schemas of today do not allow, or that hold a secret",
        "description": "In the order of namespaces and paths. A schema that changes refuses nothing that was saved before; this lists what\nthe next edit of a config has to settle. Texts are checked as they are asked for. A page may hold fewer items than\n`limit`, even none, and still have a next one.\n",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only those in this config namespace.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "$ref": "#/components/parameters/prefix"
          },
          {
            "name": "limit",
            "in": "query",
            "description": "Texts that are checked for a page at most.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 100,
              "default": 50
            }
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ViolationsPage"
                },
                "example": {
                  "items": [
                    {
                      "config": {
                        "namespace": "payments",
                        "path": "limits/eu.yaml",
                        "format": "yaml",
                        "latest_version": 9
                      },
                      "violations": [
                        {
                          "schema": "limits",
                          "pointer": "/cap",
                          "path": "cap",
                          "line": 1,
                          "column": 6,
                          "rule": "maximum",
                          "message": "must be <= 1000"
                        }
                      ]
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listViolations",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/trash": {
      "get": {
        "operationId": "listTrash",
        "tags": [
          "history"
        ],
        "summary": "Deleted configs of a config namespace that can be undeleted",
        "description": "Needs the right `delete` on the configs of the namespace. The newest delete first; a config that was deleted twice is there twice.",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "required": true,
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            },
            "example": "payments"
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TrashPage"
                },
                "example": {
                  "items": [
                    {
                      "path": "limits.yaml",
                      "format": "yaml",
                      "versions": 3,
                      "bytes": 1240,
                      "first_version": 1,
                      "last_version": 3,
                      "deleted_at": "2026-11-29T09:00:00.000Z",
                      "deleted_by": "ada@example.com",
                      "kept_until": "2026-12-06T09:00:00.000Z"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/freezes": {
      "get": {
        "operationId": "listFreezes",
        "tags": [
          "namespaces"
        ],
        "summary": "Freezes of a config namespace that last",
        "description": "Also those that its ConfigNamespace's manifest has.",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "required": true,
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            },
            "example": "payments"
          }
        ],
        "responses": {
          "200": {
            "description": "All of them.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/FreezePage"
                },
                "example": {
                  "items": [
                    {
                      "name": "all",
                      "reason": "Year-end closing",
                      "until": "2027-01-02T06:00:00.000Z",
                      "by": "ada@example.com"
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "post": {
        "operationId": "freezeConfigs",
        "tags": [
          "namespaces"
        ],
        "summary": "Freeze a config, a folder or a config namespace",
        "description": "Needs the right `freeze` on it. Kept in the ConfigNamespace (`spec.policy.freezes`) as a field of its own manager, so\nthat Git may own other freezes beside it. Sent again for the same path, it replaces what was said before.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewFreeze"
              },
              "example": {
                "namespace": "payments",
                "path": "limits",
                "reason": "Year-end closing",
                "until": "2027-01-02T06:00:00Z"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The freeze. Every replica of the server knows of it within moments.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Freeze"
                },
                "example": {
                  "name": "p-0f343b0931126a20",
                  "paths": [
                    "limits"
                  ],
                  "reason": "Year-end closing",
                  "until": "2027-01-02T06:00:00.000Z",
                  "by": "ada@example.com"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "unfreezeConfigs",
        "tags": [
          "namespaces"
        ],
        "summary": "End a freeze that was made here",
        "description": "Needs the right `freeze`. One that a manifest has ends there, or by itself.",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "required": true,
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            },
            "example": "payments"
          },
          {
            "name": "path",
            "in": "query",
            "description": "As it was frozen. Absent: the whole config namespace.",
            "schema": {
              "$ref": "#/components/schemas/ConfigPath"
            },
            "example": "limits"
          }
        ],
        "responses": {
          "204": {
            "description": "It is over."
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/approvals": {
      "get": {
        "operationId": "listApprovals",
        "tags": [
          "approvals"
        ],
        "summary": "Changes that wait until others have approved them",
        "description": "Requests that were answered with 202, and ConfigVersion objects, as far as the reader may `get` the config. A page may\nhold fewer items than `limit` and still have a next one.\n",
        "parameters": [
          {
            "name": "namespace",
            "in": "query",
            "description": "Only those in this config namespace.",
            "schema": {
              "$ref": "#/components/schemas/NamespaceName"
            }
          },
          {
            "name": "path",
            "in": "query",
            "description": "Only those of this config; with `namespace`.",
            "schema": {
              "$ref": "#/components/schemas/ConfigPath"
            }
          },
          {
            "$ref": "#/components/parameters/limit"
          },
          {
            "$ref": "#/components/parameters/afterCursor"
          }
        ],
        "responses": {
          "200": {
            "description": "One page.",
            "headers": {
              "Link": {
                "$ref": "#/components/headers/Link"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ApprovalPage"
                },
                "example": {
                  "items": [
                    {
                      "id": "12",
                      "namespace": "payments",
                      "paths": [
                        "limits/eu.yaml"
                      ],
                      "proposed_by": "ada@example.com",
                      "proposer_verified": true,
                      "since": "2026-03-02T09:14:05.120Z",
                      "approved_by": []
                    }
                  ]
                }
              }
            },
            "links": {
              "nextPage": {
                "operationId": "listApprovals",
                "parameters": {
                  "cursor": "$response.body#/next_cursor"
                }
              },
              "readFirst": {
                "operationId": "getApproval",
                "parameters": {
                  "namespace": "$response.body#/items/0/namespace",
                  "name": "$response.body#/items/0/id"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/approvals/{namespace}/{name}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/approvalNamespace"
        },
        {
          "$ref": "#/components/parameters/approvalId"
        }
      ],
      "get": {
        "operationId": "getApproval",
        "tags": [
          "approvals"
        ],
        "summary": "What a change that waits would save now",
        "description": "Always the latest text against the new one: when others have saved meanwhile, the merge is made again. `token` names\nexactly that. Needs `get` on each config.\n",
        "responses": {
          "200": {
            "description": "The change.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ApprovalRead"
                },
                "example": {
                  "id": "12",
                  "namespace": "payments",
                  "paths": [
                    "limits/eu.yaml"
                  ],
                  "proposed_by": "ada@example.com",
                  "proposer_verified": true,
                  "since": "2026-03-02T09:14:05.120Z",
                  "approved_by": [],
                  "token": "5f0c1d2e3a4b5c6d5f0c1d2e3a4b5c6d",
                  "needed": 1,
                  "changes": []
                }
              }
            },
            "links": {
              "approveIt": {
                "operationId": "approveChange",
                "parameters": {
                  "namespace": "$response.body#/namespace",
                  "name": "$response.body#/id"
                },
                "requestBody": {
                  "token": "$response.body#/token"
                }
              },
              "rejectIt": {
                "operationId": "rejectChange",
                "parameters": {
                  "namespace": "$response.body#/namespace",
                  "name": "$response.body#/id"
                },
                "requestBody": {
                  "token": "$response.body#/token",
                  "reason": "not now"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/approvals/{namespace}/{name}/approve": {
      "parameters": [
        {
          "$ref": "#/components/parameters/approvalNamespace"
        },
        {
          "$ref": "#/components/parameters/approvalId"
        }
      ],
      "post": {
        "operationId": "approveChange",
        "tags": [
          "approvals"
        ],
        "summary": "Approve exactly what was shown",
        "description": "Needs the right `approve` on each protected config of the change, and `get`. Who proposed it does not count, unless the\npolicy says `authorMayApprove`. With the last approval that is needed, a request is saved at once (`saved`), and an\nobject a moment later (`approved`). An approval holds for the change that `token` names: the same edit at the same\nplaces. 409 `approval-moved` when it would be another one by now, `proposer-forbidden` when whoever proposed it may not\nwrite it any more. Sent again, it changes nothing.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Judgement"
              },
              "example": {
                "token": "5f0c1d2e3a4b5c6d5f0c1d2e3a4b5c6d"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "It is approved.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ApprovalState"
                },
                "example": {
                  "state": "saved",
                  "needed": 1,
                  "approved_by": [
                    {
                      "name": "bob@example.com",
                      "at": "2026-03-02T09:20:00.000Z"
                    }
                  ],
                  "items": [
                    {
                      "namespace": "payments",
                      "path": "limits/eu.yaml",
                      "operation": "update",
                      "result": "saved",
                      "old_version": 8,
                      "new_version": 9
                    }
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "422": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/approvals/{namespace}/{name}/reject": {
      "parameters": [
        {
          "$ref": "#/components/parameters/approvalNamespace"
        },
        {
          "$ref": "#/components/parameters/approvalId"
        }
      ],
      "post": {
        "operationId": "rejectChange",
        "tags": [
          "approvals"
        ],
        "summary": "Reject a change that waits, or withdraw it",
        "description": "Needs the right `approve`, or to have proposed it. A request goes, and the deployment log says who rejected or withdrew\nit, and why; an object says so in its status until it is edited.\n",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Rejection"
              },
              "example": {
                "reason": "the cap is too high"
              }
            }
          }
        },
        "responses": {
          "204": {
            "description": "It is rejected."
          },
          "400": {
            "$ref": "#/components/responses/Problem"
          },
          "401": {
            "$ref": "#/components/responses/Unauthenticated"
          },
          "403": {
            "$ref": "#/components/responses/Problem"
          },
          "404": {
            "$ref": "#/components/responses/Problem"
          },
          "409": {
            "$ref": "#/components/responses/Problem"
          },
          "413": {
            "$ref": "#/components/responses/Problem"
          },
          "415": {
            "$ref": "#/components/responses/Problem"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A Kubernetes token with Pawl's audience, as of `kubectl create token NAME --audience pawl`."
      }
    },
    "parameters": {
      "approvalNamespace": {
        "name": "namespace",
        "in": "path",
        "required": true,
        "description": "The config namespace of the change.",
        "schema": {
          "$ref": "#/components/schemas/NamespaceName"
        },
        "example": "payments"
      },
      "approvalId": {
        "name": "name",
        "in": "path",
        "required": true,
        "description": "`id` of the change: a number, or the namespace and the name of a ConfigVersion with a dot between them.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 317,
          "pattern": "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
        },
        "example": "12"
      },
      "inNamespace": {
        "name": "namespace",
        "in": "path",
        "required": true,
        "description": "A config namespace.",
        "schema": {
          "$ref": "#/components/schemas/NamespaceName"
        },
        "example": "payments"
      },
      "ofPath": {
        "name": "path",
        "in": "path",
        "required": true,
        "x-multi-segment": true,
        "description": "The path of a config, slashes as they are or as `%2F`.",
        "schema": {
          "$ref": "#/components/schemas/ConfigPath"
        },
        "example": "limits/eu.yaml"
      },
      "prefix": {
        "name": "prefix",
        "in": "query",
        "description": "What the paths begin with. `limits/` is a folder; `limits` is also `limits2`.",
        "schema": {
          "type": "string",
          "maxLength": 512,
          "pattern": "^[A-Za-z0-9._@+=/-]*$"
        }
      },
      "limit": {
        "name": "limit",
        "in": "query",
        "description": "Items in a page at most.",
        "schema": {
          "type": "integer",
          "minimum": 1,
          "maximum": 500,
          "default": 100
        }
      },
      "afterCursor": {
        "name": "cursor",
        "in": "query",
        "description": "`next_cursor` of the page before.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 2048,
          "pattern": "^[!-~]+$"
        }
      },
      "dryRun": {
        "name": "dry_run",
        "in": "query",
        "description": "Answer as if it were done, and do nothing.",
        "schema": {
          "type": "boolean",
          "default": false
        }
      },
      "idempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A name of the caller's for this very request, such as a UUID. Sent again with it, the request is answered\nas it was the first time, and done once; sent with another content, it is refused with\n`idempotency-key-reused`. Kept for a day.\n",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[!-~]+$"
        }
      },
      "ifMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "An ETag, such as `\"7\"` or `W/\"7\"`, or just `7`. Says the same as `base_version`; both must agree.",
        "schema": {
          "type": "string",
          "pattern": "^((W/)?\"(0|[1-9][0-9]{0,14})\"|0|[1-9][0-9]{0,14})$"
        }
      },
      "ifMatchOrAny": {
        "name": "If-Match",
        "in": "header",
        "description": "An ETag, such as `\"7\"` or `W/\"7\"`, or just `7`. Says the same as `base_version`; both must agree. `*`: the text\ntakes the place of the latest, whatever that is, and is kept as an overwrite; no `base_version` beside it.\n",
        "schema": {
          "type": "string",
          "pattern": "^((W/)?\"(0|[1-9][0-9]{0,14})\"|0|[1-9][0-9]{0,14}|[*])$"
        }
      },
      "lastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Where to go on. Without it, from now on.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 2048,
          "pattern": "^[!-~]+$"
        }
      }
    },
    "headers": {
      "ETag": {
        "description": "The version's number in quotes, such as `\"9\"`.",
        "schema": {
          "type": "string",
          "pattern": "^\"[1-9][0-9]*\"$"
        }
      },
      "Link": {
        "description": "RFC 8288. `next` of pages; `version-history` and `latest-version` of configs.",
        "schema": {
          "type": "string"
        }
      },
      "LastModified": {
        "description": "When the version was saved.",
        "schema": {
          "type": "string"
        }
      },
      "Location": {
        "description": "Where it can be read.",
        "schema": {
          "type": "string"
        }
      },
      "IdempotencyReplayed": {
        "description": "`true`: this is the answer of an earlier request with the same key.",
        "schema": {
          "type": "string",
          "enum": [
            "true"
          ]
        }
      },
      "RetryAfter": {
        "description": "Seconds after which to try again.",
        "schema": {
          "type": "string",
          "pattern": "^[0-9]+$"
        }
      }
    },
    "responses": {
      "Problem": {
        "description": "Why not. 400 `invalid-request`, `invalid-path`; 403 `forbidden`; 404 `namespace-not-found`,\n`config-not-found`, `version-not-found`; 413 `body-too-large`; 415 `unsupported-media-type`; 422\n`invalid-body` with `line` and `column`, `contradiction`, `invalid-cursor`, `idempotency-key-reused`; 429 `too-many-requests` and 503 `store-unavailable`,\n`api-unavailable`, `outcome-unknown` with `Retry-After`.\n",
        "headers": {
          "Retry-After": {
            "$ref": "#/components/headers/RetryAfter"
          }
        },
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "https://pawl.dev/problems/config-not-found",
              "title": "Config not found",
              "status": 404,
              "detail": "There is no config payments/limits/us.yaml.",
              "reason": "ConfigNotFound",
              "request_id": "req-1"
            }
          }
        }
      },
      "Unauthenticated": {
        "description": "No token, or one that the API server does not accept for Pawl's audience.",
        "headers": {
          "WWW-Authenticate": {
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "SaveConflict": {
        "description": "Somebody else's edit is in the way. `confirmation-required`: it merges; send the same request again with\n`confirm` set to `token`. `version-conflict`: merge the latest version into your text.\n",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "https://pawl.dev/problems/confirmation-required",
              "title": "The merged text must be confirmed",
              "status": 409,
              "detail": "This edit of payments/limits/eu.yaml was made on version 7; the latest is version 9.",
              "reason": "ConfirmationRequired",
              "request_id": "req-2",
              "base_version": 7,
              "current_version": 9,
              "current_author": "bob@example.com",
              "diff": "--- version 7\n+++ proposed\n@@ -1 +1 @@\n-cap: 1000\n+cap: 1500\n",
              "merged": "cap: 1500\nburst: 20\n",
              "token": "5f0c1d2e3a4b5c6d"
            }
          }
        },
        "links": {
          "confirmIt": {
            "operationId": "saveConfig",
            "parameters": {
              "namespace": "$request.path.namespace",
              "path": "$request.path.path"
            },
            "requestBody": {
              "body_raw": "$request.body#/body_raw",
              "base_version": "$response.body#/base_version",
              "confirm": "$response.body#/token"
            }
          },
          "readCurrent": {
            "operationId": "getConfig",
            "parameters": {
              "namespace": "$request.path.namespace",
              "path": "$request.path.path"
            }
          }
        }
      },
      "PromotionConflict": {
        "description": "Somebody else's edit is in the way. `confirmation-required`: it merges; send the same request again with\n`confirm` set to `token`. `version-conflict`: merge the latest version into your text.\n",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        },
        "links": {
          "confirmIt": {
            "operationId": "promoteVersion",
            "parameters": {
              "namespace": "$request.path.namespace",
              "path": "$request.path.path"
            },
            "requestBody": {
              "version": "$request.body#/version",
              "base_version": "$response.body#/base_version",
              "confirm": "$response.body#/token"
            }
          },
          "readCurrent": {
            "operationId": "getConfig",
            "parameters": {
              "namespace": "$request.path.namespace",
              "path": "$request.path.path"
            }
          }
        }
      },
      "Saved": {
        "description": "The config and its latest version; `result` says how it came about.",
        "headers": {
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Idempotency-Replayed": {
            "$ref": "#/components/headers/IdempotencyReplayed"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/SavedConfig"
            },
            "example": {
              "config": {
                "namespace": "payments",
                "path": "limits/eu.yaml",
                "format": "yaml",
                "latest_version": 9
              },
              "latest": {
                "version": 9,
                "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                "created_at": "2026-03-02T09:14:05.120Z",
                "created_by": "bob@example.com",
                "actor": "bob@example.com",
                "actor_verified": true,
                "comment": "raise the EU cap",
                "kind": "direct",
                "base_version": 8,
                "git": {
                  "commit": "3f2c9d1",
                  "branch": "main",
                  "dirty": false
                },
                "bytes": 10,
                "body_raw": "cap: 1500\n"
              },
              "result": "saved",
              "dry_run": false
            }
          }
        },
        "links": {
          "readIt": {
            "$ref": "#/components/links/readIt"
          },
          "saveOnIt": {
            "$ref": "#/components/links/saveOnIt"
          },
          "deleteIt": {
            "$ref": "#/components/links/deleteIt"
          },
          "listItsVersions": {
            "$ref": "#/components/links/listItsVersions"
          },
          "blameIt": {
            "$ref": "#/components/links/blameIt"
          },
          "diffTextAgainstIt": {
            "$ref": "#/components/links/diffTextAgainstIt"
          },
          "promoteVersionOfIt": {
            "$ref": "#/components/links/promoteVersionOfIt"
          }
        }
      },
      "Waiting": {
        "description": "Nothing is saved yet. The change is kept until others have approved it.",
        "headers": {
          "Location": {
            "$ref": "#/components/headers/Location"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ApprovalRead"
            },
            "example": {
              "id": "12",
              "namespace": "payments",
              "paths": [
                "limits/eu.yaml"
              ],
              "proposed_by": "ada@example.com",
              "proposer_verified": true,
              "since": "2026-03-02T09:14:05.120Z",
              "approved_by": [],
              "token": "5f0c1d2e3a4b5c6d5f0c1d2e3a4b5c6d",
              "needed": 1,
              "changes": []
            }
          }
        },
        "links": {
          "approveIt": {
            "operationId": "approveChange",
            "parameters": {
              "namespace": "$response.body#/namespace",
              "name": "$response.body#/id"
            },
            "requestBody": {
              "token": "$response.body#/token"
            }
          }
        }
      },
      "Created": {
        "description": "The config and its first version.",
        "headers": {
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Location": {
            "$ref": "#/components/headers/Location"
          },
          "Idempotency-Replayed": {
            "$ref": "#/components/headers/IdempotencyReplayed"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/SavedConfig"
            },
            "example": {
              "config": {
                "namespace": "payments",
                "path": "limits/eu.yaml",
                "format": "yaml",
                "latest_version": 9
              },
              "latest": {
                "version": 9,
                "content_sha256": "0f343b0931126a20f133d67c2b018a3b0ec2ac3a2e2a3b2d5b1a7c0b2d9a4e11",
                "created_at": "2026-03-02T09:14:05.120Z",
                "created_by": "bob@example.com",
                "actor": "bob@example.com",
                "actor_verified": true,
                "comment": "raise the EU cap",
                "kind": "direct",
                "base_version": 8,
                "git": {
                  "commit": "3f2c9d1",
                  "branch": "main",
                  "dirty": false
                },
                "bytes": 10,
                "body_raw": "cap: 1500\n"
              },
              "result": "saved",
              "dry_run": false
            }
          }
        },
        "links": {
          "readIt": {
            "$ref": "#/components/links/readIt"
          },
          "saveOnIt": {
            "$ref": "#/components/links/saveOnIt"
          },
          "deleteIt": {
            "$ref": "#/components/links/deleteIt"
          },
          "listItsVersions": {
            "$ref": "#/components/links/listItsVersions"
          },
          "blameIt": {
            "$ref": "#/components/links/blameIt"
          },
          "diffTextAgainstIt": {
            "$ref": "#/components/links/diffTextAgainstIt"
          },
          "promoteVersionOfIt": {
            "$ref": "#/components/links/promoteVersionOfIt"
          },
          "listWhatIsBesideIt": {
            "$ref": "#/components/links/listWhatIsBesideIt"
          },
          "watchIt": {
            "$ref": "#/components/links/watchIt"
          },
          "findInLog": {
            "$ref": "#/components/links/findInLog"
          }
        }
      },
      "Diff": {
        "description": "The differences, for people (`unified`) and for programs (`changes`).",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Diff"
            },
            "example": {
              "config": {
                "namespace": "payments",
                "path": "limits/eu.yaml",
                "format": "yaml",
                "latest_version": 9
              },
              "from": 8,
              "to": 9,
              "equal": false,
              "unified": "--- version 8\n+++ version 9\n@@ -1 +1 @@\n-cap: 1000\n+cap: 1500\n",
              "changes": [
                {
                  "kind": "replace",
                  "pointer": "/cap",
                  "before": "1000",
                  "after": "1500"
                }
              ]
            }
          }
        },
        "links": {
          "readFrom": {
            "operationId": "getConfig",
            "parameters": {
              "namespace": "$response.body#/config/namespace",
              "path": "$response.body#/config/path",
              "version": "$response.body#/from"
            }
          },
          "readTo": {
            "operationId": "getConfig",
            "parameters": {
              "namespace": "$response.body#/config/namespace",
              "path": "$response.body#/config/path",
              "version": "$response.body#/to"
            }
          }
        }
      },
      "EventStream": {
        "description": "The stream. OpenAPI 3.1 has no schema for one, so this is the schema of each event; `data` is JSON.\n",
        "content": {
          "text/event-stream": {
            "schema": {
              "type": "object",
              "required": [
                "event",
                "id",
                "data"
              ],
              "properties": {
                "event": {
                  "type": "string",
                  "enum": [
                    "change",
                    "bookmark",
                    "expired"
                  ]
                },
                "id": {
                  "type": "string",
                  "minLength": 1
                },
                "data": {
                  "type": "string"
                }
              }
            },
            "example": "event: change\nid: MTIzNDU\ndata: {\"kind\":\"saved\",\"namespace\":\"payments\",\"path\":\"limits/eu.yaml\",\"version\":9,\"at\":\"2026-03-02T09:14:05.120Z\"}\n"
          }
        }
      }
    },
    "links": {
      "readIt": {
        "operationId": "getConfig",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "saveOnIt": {
        "operationId": "saveConfig",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path",
          "header.If-Match": "$response.header.ETag"
        }
      },
      "deleteIt": {
        "operationId": "deleteConfig",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path",
          "header.If-Match": "$response.header.ETag"
        }
      },
      "listItsVersions": {
        "operationId": "listVersions",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "blameIt": {
        "operationId": "blameConfig",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "diffTextAgainstIt": {
        "operationId": "diffText",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "promoteVersionOfIt": {
        "operationId": "promoteVersion",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        },
        "requestBody": {
          "version": "$response.body#/config/latest_version"
        }
      },
      "listWhatIsBesideIt": {
        "operationId": "listConfigs",
        "parameters": {
          "namespace": "$response.body#/config/namespace"
        }
      },
      "watchIt": {
        "operationId": "watchConfig",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "listItsUsage": {
        "operationId": "listUsage",
        "parameters": {
          "namespace": "$response.body#/config/namespace",
          "path": "$response.body#/config/path"
        }
      },
      "findInLog": {
        "operationId": "listDeployments",
        "parameters": {
          "query.namespace": "$response.body#/config/namespace",
          "query.path": "$response.body#/config/path"
        }
      }
    },
    "schemas": {
      "NamespaceName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
      },
      "ConfigPath": {
        "type": "string",
        "minLength": 1,
        "maxLength": 512,
        "pattern": "^[A-Za-z0-9._@+=-]+(/[A-Za-z0-9._@+=-]+)*$",
        "not": {
          "pattern": "(^|/)[.]{1,2}(/|$)"
        },
        "description": "Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`."
      },
      "VersionNumber": {
        "type": "integer",
        "minimum": 1,
        "maximum": 9007199254740991,
        "format": "int64",
        "description": "A version's number."
      },
      "BaseVersion": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991,
        "format": "int64",
        "description": "The version a text was edited from; 0, that there must be none yet."
      },
      "Format": {
        "type": "string",
        "enum": [
          "yaml",
          "json",
          "jsonc",
          "properties",
          "env",
          "ini",
          "toml",
          "text"
        ],
        "description": "A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new config,\nthe path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`, `.properties`, `.env`, `.ini`,\n`.toml`, `.txt`); where it names none, it is text, which is merged by lines.\n"
      },
      "Sha256": {
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "SHA-256 of the UTF-8 bytes of a text, lower-case hex."
      },
      "GitCommit": {
        "type": "string",
        "pattern": "^[0-9a-f]{7,64}$"
      },
      "VersionKind": {
        "type": "string",
        "enum": [
          "direct",
          "merged",
          "confirmed",
          "promoted",
          "overwrite",
          "imported"
        ],
        "description": "How a version came to be. `overwrite`: its author named no base, and its text replaced the latest. `imported`: it\nwas a commit of a Git history.\n"
      },
      "OnStale": {
        "type": "string",
        "enum": [
          "confirm",
          "merge",
          "reject"
        ],
        "description": "What to do when the base is not the latest version any more. Defaults to the namespace's policy, and\nwithout one to `confirm`.\n"
      },
      "BodyRaw": {
        "type": "string",
        "description": "The text, kept byte for byte."
      },
      "Author": {
        "type": "string",
        "minLength": 1,
        "maxLength": 256,
        "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$",
        "description": "Who wrote the text, as the sender claims, in one line; the user who sends it when it is left out. Everybody\nis told of the verified user beside it.\n",
        "example": "ada@example.com"
      },
      "Comment": {
        "type": "string",
        "maxLength": 4096
      },
      "Git": {
        "type": "object",
        "description": "Where a text came from, as its sender says.",
        "properties": {
          "commit": {
            "$ref": "#/components/schemas/GitCommit"
          },
          "branch": {
            "type": "string",
            "maxLength": 2048
          },
          "dirty": {
            "type": "boolean",
            "description": "The work tree had uncommitted changes."
          },
          "remote": {
            "type": "string",
            "maxLength": 2048
          },
          "path": {
            "type": "string",
            "maxLength": 2048
          }
        }
      },
      "NewGit": {
        "type": "object",
        "additionalProperties": false,
        "description": "Where a text came from, as you say.",
        "properties": {
          "commit": {
            "$ref": "#/components/schemas/GitCommit"
          },
          "branch": {
            "type": "string",
            "maxLength": 2048
          },
          "dirty": {
            "type": "boolean",
            "description": "The work tree had uncommitted changes."
          },
          "remote": {
            "type": "string",
            "maxLength": 2048
          },
          "path": {
            "type": "string",
            "maxLength": 2048
          }
        }
      },
      "Namespace": {
        "type": "object",
        "required": [
          "name",
          "configs"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "configs": {
            "type": "integer",
            "minimum": 0,
            "description": "How many configs it has."
          },
          "created_at": {
            "type": "string",
            "format": "date-time",
            "description": "Absent while Kubernetes alone knows it."
          }
        }
      },
      "NewNamespace": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/NamespaceName"
          }
        }
      },
      "NamespacePage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Namespace"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "NextCursor": {
        "type": "string",
        "description": "For `cursor` of the next request. Absent on the last page."
      },
      "Config": {
        "type": "object",
        "required": [
          "namespace",
          "path",
          "format",
          "latest_version"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "latest_version": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "VersionFacts": {
        "type": "object",
        "description": "Everything about a version but its text.",
        "required": [
          "version",
          "content_sha256",
          "created_at",
          "created_by",
          "actor",
          "actor_verified",
          "comment",
          "kind",
          "base_version",
          "git"
        ],
        "properties": {
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "content_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "created_at": {
            "type": "string",
            "format": "date-time"
          },
          "created_by": {
            "type": "string",
            "description": "The author it claims; empty when it names none."
          },
          "actor": {
            "type": "string",
            "description": "Who made the request."
          },
          "actor_verified": {
            "type": "boolean",
            "description": "Whether the API server vouches for the actor."
          },
          "comment": {
            "type": "string"
          },
          "kind": {
            "$ref": "#/components/schemas/VersionKind"
          },
          "base_version": {
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991,
            "format": "int64",
            "description": "What it was edited from; null when it did not say."
          },
          "git": {
            "$ref": "#/components/schemas/Git"
          },
          "merged_onto": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "merged_paths": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Of a merge: the places the proposal changed, RFC 6901."
          },
          "promoted_from": {
            "$ref": "#/components/schemas/PromotedFrom"
          },
          "confirmed_by": {
            "type": "string",
            "description": "Who confirmed a merge that was shown first."
          },
          "approvals": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VersionApproval"
            },
            "description": "Of a version of a protected config. Told by lists of versions and of a version that is asked for by its number."
          },
          "authored_at": {
            "type": "string",
            "format": "date-time",
            "description": "Of an imported version: when it was written, by its author and in the author’s time zone."
          },
          "object": {
            "type": "string",
            "description": "The ConfigVersion it came from: cluster, namespace and name."
          },
          "bytes": {
            "type": "integer",
            "minimum": 0,
            "description": "Size of the text, UTF-8."
          }
        }
      },
      "Version": {
        "type": "object",
        "description": "A version with its text.",
        "required": [
          "version",
          "body_raw",
          "content_sha256",
          "created_at",
          "created_by",
          "actor",
          "actor_verified",
          "comment",
          "kind",
          "base_version",
          "git"
        ],
        "properties": {
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "content_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "created_at": {
            "type": "string",
            "format": "date-time"
          },
          "created_by": {
            "type": "string",
            "description": "The author it claims; empty when it names none."
          },
          "actor": {
            "type": "string",
            "description": "Who made the request."
          },
          "actor_verified": {
            "type": "boolean",
            "description": "Whether the API server vouches for the actor."
          },
          "comment": {
            "type": "string"
          },
          "kind": {
            "$ref": "#/components/schemas/VersionKind"
          },
          "base_version": {
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991,
            "format": "int64",
            "description": "What it was edited from; null when it did not say."
          },
          "git": {
            "$ref": "#/components/schemas/Git"
          },
          "merged_onto": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "merged_paths": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Of a merge: the places the proposal changed, RFC 6901."
          },
          "promoted_from": {
            "$ref": "#/components/schemas/PromotedFrom"
          },
          "confirmed_by": {
            "type": "string",
            "description": "Who confirmed a merge that was shown first."
          },
          "approvals": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VersionApproval"
            },
            "description": "Of a version of a protected config. Told by lists of versions and of a version that is asked for by its number."
          },
          "authored_at": {
            "type": "string",
            "format": "date-time",
            "description": "Of an imported version: when it was written, by its author and in the author’s time zone."
          },
          "object": {
            "type": "string",
            "description": "The ConfigVersion it came from: cluster, namespace and name."
          },
          "bytes": {
            "type": "integer",
            "minimum": 0,
            "description": "Size of the text, UTF-8."
          },
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          }
        }
      },
      "VersionPage": {
        "type": "object",
        "required": [
          "config",
          "items"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VersionFacts"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "ConfigItem": {
        "type": "object",
        "description": "A config (`config` and `latest` are there) or a folder (only `path`).",
        "required": [
          "kind",
          "path"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "config",
              "folder"
            ]
          },
          "path": {
            "type": "string",
            "description": "The path of the config, or of the folder with its slash at the end."
          },
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "latest": {
            "$ref": "#/components/schemas/VersionFacts"
          }
        }
      },
      "ConfigPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ConfigItem"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "ConfigRead": {
        "type": "object",
        "description": "`latest` when the latest was asked for, `version` when one by its number.",
        "required": [
          "config"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "latest": {
            "$ref": "#/components/schemas/Version"
          },
          "version": {
            "$ref": "#/components/schemas/Version"
          }
        }
      },
      "NewConfig": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "body_raw"
        ],
        "properties": {
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "bypass": {
            "$ref": "#/components/schemas/Bypass"
          },
          "git": {
            "$ref": "#/components/schemas/NewGit"
          }
        }
      },
      "SaveConfig": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "body_raw"
        ],
        "properties": {
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "on_stale": {
            "$ref": "#/components/schemas/OnStale"
          },
          "confirm": {
            "$ref": "#/components/schemas/Token"
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "bypass": {
            "$ref": "#/components/schemas/Bypass"
          },
          "git": {
            "$ref": "#/components/schemas/NewGit"
          }
        }
      },
      "Promotion": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "version"
        ],
        "properties": {
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "on_stale": {
            "$ref": "#/components/schemas/OnStale"
          },
          "confirm": {
            "$ref": "#/components/schemas/Token"
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "bypass": {
            "$ref": "#/components/schemas/Bypass"
          },
          "git": {
            "$ref": "#/components/schemas/NewGit"
          }
        }
      },
      "Token": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "description": "Confirms exactly the result that the refusal with this token showed."
      },
      "SaveResult": {
        "type": "string",
        "enum": [
          "saved",
          "merged",
          "confirmed",
          "promoted",
          "overwrite",
          "imported",
          "unchanged"
        ],
        "description": "`saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest, after it\nwas shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a base.\n`imported`: a commit of a Git history. `unchanged`: it was the latest already.\n"
      },
      "SavedConfig": {
        "type": "object",
        "required": [
          "config",
          "latest",
          "result",
          "dry_run"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "latest": {
            "$ref": "#/components/schemas/Version"
          },
          "result": {
            "$ref": "#/components/schemas/SaveResult"
          },
          "dry_run": {
            "type": "boolean",
            "description": "Nothing was saved; this is what it would be."
          },
          "approval_required": {
            "type": "boolean",
            "description": "Of a dry run: it would be kept until others have approved it."
          },
          "notes": {
            "type": "array",
            "maxItems": 20,
            "description": "The first lines that the programs for this format do not read alike, although the text is accepted, such as `export NAME=…` in an `env` file. Absent where there are none, and for texts above 64 KiB.",
            "items": {
              "$ref": "#/components/schemas/BodyNote"
            }
          },
          "notices": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Violation"
            },
            "description": "What rules that only warn say to the text. Absent when they say nothing."
          }
        }
      },
      "BodyNote": {
        "type": "object",
        "required": [
          "line",
          "message"
        ],
        "properties": {
          "line": {
            "type": "integer",
            "minimum": 1
          },
          "message": {
            "type": "string",
            "maxLength": 400
          }
        }
      },
      "DiffText": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "body_raw"
        ],
        "properties": {
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "from": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "Diff": {
        "type": "object",
        "required": [
          "config",
          "from",
          "to",
          "equal",
          "unified",
          "changes"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "from": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "to": {
            "type": [
              "integer",
              "null"
            ],
            "minimum": 1,
            "maximum": 9007199254740991,
            "format": "int64",
            "description": "null when a text was sent."
          },
          "equal": {
            "type": "boolean",
            "description": "The texts are the same byte for byte."
          },
          "unified": {
            "type": "string",
            "description": "A unified diff; empty when they are equal."
          },
          "unified_left_out": {
            "type": "integer",
            "minimum": 1,
            "description": "Lines left out of `unified` because it would be too long."
          },
          "changes": {
            "type": "array",
            "description": "What differs in meaning; comments and layout do not count.",
            "items": {
              "$ref": "#/components/schemas/Change"
            }
          },
          "more_changes": {
            "type": "integer",
            "minimum": 1,
            "description": "Changes not listed."
          }
        }
      },
      "Change": {
        "type": "object",
        "required": [
          "kind",
          "pointer"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "add",
              "remove",
              "replace"
            ]
          },
          "pointer": {
            "type": "string",
            "description": "RFC 6901. In a text of several documents, the first segment is the document."
          },
          "before": {
            "type": "string",
            "description": "The value before, as JSON; shortened when long."
          },
          "after": {
            "type": "string",
            "description": "The value after, as JSON; shortened when long."
          }
        }
      },
      "Blame": {
        "type": "object",
        "required": [
          "config",
          "version",
          "lines",
          "versions"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "lines": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/BlameLine"
            }
          },
          "versions": {
            "type": "array",
            "description": "The versions that lines name.",
            "items": {
              "$ref": "#/components/schemas/VersionFacts"
            }
          },
          "oldest_seen": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "BlameLine": {
        "type": "object",
        "required": [
          "line",
          "text",
          "version"
        ],
        "properties": {
          "line": {
            "type": "integer",
            "minimum": 1
          },
          "text": {
            "type": "string",
            "description": "Without its line end."
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "at_least": {
            "type": "boolean",
            "description": "True: the line is at least as old as that, the oldest version looked at."
          }
        }
      },
      "SearchPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/SearchHit"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "SearchHit": {
        "type": "object",
        "required": [
          "config",
          "latest"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "latest": {
            "$ref": "#/components/schemas/VersionFacts"
          }
        }
      },
      "WatchEvent": {
        "type": "object",
        "description": "What `data:` of `event: change` holds.",
        "required": [
          "kind",
          "namespace",
          "path",
          "version",
          "at"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "saved",
              "deleted",
              "version-deleted"
            ]
          },
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "version": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991,
            "format": "int64",
            "description": "The version saved or deleted; of a deleted config, the highest number it ever had."
          },
          "at": {
            "type": "string",
            "format": "date-time"
          }
        }
      },
      "NewImport": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "versions"
        ],
        "properties": {
          "versions": {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "description": "In the order of the history.",
            "items": {
              "$ref": "#/components/schemas/ImportedCommit"
            }
          },
          "branch": {
            "type": "string",
            "maxLength": 2048
          },
          "remote": {
            "type": "string",
            "maxLength": 2048
          }
        }
      },
      "ImportedCommit": {
        "type": "object",
        "additionalProperties": false,
        "description": "One config's text in one commit.",
        "required": [
          "path",
          "body_raw",
          "commit",
          "author",
          "authored_at"
        ],
        "properties": {
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "commit": {
            "type": "string",
            "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$",
            "description": "Its whole name."
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "authored_at": {
            "type": "string",
            "format": "date-time",
            "description": "By the author’s clock and in the author’s time zone."
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "file": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2048,
            "description": "Its file in that commit, from the root of the repository."
          },
          "after": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "parent_sha256": {
            "$ref": "#/components/schemas/Sha256"
          }
        }
      },
      "ImportResult": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ImportItem"
            }
          }
        }
      },
      "ImportItem": {
        "type": "object",
        "description": "What became of one commit.",
        "required": [
          "path",
          "commit",
          "result"
        ],
        "properties": {
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "commit": {
            "type": "string"
          },
          "result": {
            "type": "string",
            "enum": [
              "imported",
              "known",
              "skipped"
            ],
            "description": "`known`: an earlier import did it."
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "problem": {
            "$ref": "#/components/schemas/Problem"
          }
        }
      },
      "ExportPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ExportedVersion"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "ExportedVersion": {
        "type": "object",
        "required": [
          "path",
          "format",
          "version"
        ],
        "properties": {
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "version": {
            "$ref": "#/components/schemas/Version"
          }
        }
      },
      "LinkPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/LinkedVersion"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "LinkedVersion": {
        "type": "object",
        "description": "A number of a config. `link` is missing for a version that has none; `facts` is missing where no version has that\nnumber now.\n",
        "required": [
          "path",
          "version"
        ],
        "properties": {
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "link": {
            "$ref": "#/components/schemas/VersionLink"
          },
          "facts": {
            "$ref": "#/components/schemas/LinkedFacts"
          },
          "deleted": {
            "$ref": "#/components/schemas/DeletedVersion"
          },
          "waits": {
            "type": "boolean",
            "description": "The config was saved before there were links",
            "and waits for them.": null
          }
        }
      },
      "VersionLink": {
        "type": "object",
        "description": "A hash over the link before, and over all facts of the version.",
        "required": [
          "sha256",
          "hints"
        ],
        "properties": {
          "sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "hints": {
            "type": "string",
            "pattern": "^[0-9a-f]{48}$",
            "description": "The first four bytes of the hash of each part, by which it is told which part differs."
          },
          "late_at": {
            "type": "string",
            "format": "date-time",
            "description": "Of a version saved before there were links: when it was linked."
          }
        }
      },
      "LinkedFacts": {
        "type": "object",
        "description": "What the link of a version is calculated from, as the database has it now.",
        "required": [
          "format",
          "content_sha256",
          "created_by",
          "actor",
          "actor_verified",
          "confirmed_by",
          "kind",
          "base_version",
          "merged_onto",
          "comment",
          "git_commit",
          "git_branch",
          "git_dirty",
          "git_remote",
          "git_path",
          "created_at",
          "authored_at",
          "authored_offset"
        ],
        "properties": {
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "content_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "created_by": {
            "type": "string"
          },
          "actor": {
            "type": "string"
          },
          "actor_verified": {
            "type": "boolean"
          },
          "confirmed_by": {
            "type": [
              "string",
              "null"
            ]
          },
          "kind": {
            "$ref": "#/components/schemas/VersionKind"
          },
          "base_version": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64"
          },
          "merged_onto": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64"
          },
          "comment": {
            "type": "string"
          },
          "git_commit": {
            "type": [
              "string",
              "null"
            ]
          },
          "git_branch": {
            "type": [
              "string",
              "null"
            ]
          },
          "git_dirty": {
            "type": [
              "boolean",
              "null"
            ]
          },
          "git_remote": {
            "type": [
              "string",
              "null"
            ]
          },
          "git_path": {
            "type": [
              "string",
              "null"
            ]
          },
          "created_at": {
            "type": "string",
            "description": "UTC, with microseconds."
          },
          "authored_at": {
            "type": [
              "string",
              "null"
            ]
          },
          "authored_offset": {
            "type": [
              "integer",
              "null"
            ],
            "description": "Minutes that the author’s clock was ahead of UTC."
          }
        }
      },
      "DeletedVersion": {
        "type": "object",
        "required": [
          "at",
          "login"
        ],
        "properties": {
          "at": {
            "type": "string",
            "format": "date-time"
          },
          "by": {
            "type": "string",
            "description": "Missing where nobody said for whom it was deleted."
          },
          "by_verified": {
            "type": "boolean"
          },
          "reason": {
            "type": "string",
            "description": "Of a purge."
          },
          "login": {
            "type": "string",
            "description": "The role that was logged in to the database."
          }
        }
      },
      "DeployedChange": {
        "description": "A new text of one config, or its deletion.",
        "oneOf": [
          {
            "$ref": "#/components/schemas/DeployedText"
          },
          {
            "$ref": "#/components/schemas/DeployedDelete"
          }
        ]
      },
      "DeployedDelete": {
        "type": "object",
        "additionalProperties": false,
        "description": "The config is deleted with all its versions. With `base_version` only while that is the latest: otherwise\nthe deployment is refused, and this item's problem is `version-conflict`.\n",
        "required": [
          "namespace",
          "path",
          "operation"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "operation": {
            "type": "string",
            "enum": [
              "delete"
            ]
          },
          "base_version": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "DeployedText": {
        "type": "object",
        "additionalProperties": false,
        "description": "One config's next text.",
        "required": [
          "namespace",
          "path",
          "body_raw"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "overwrite": {
            "type": "boolean",
            "description": "Take the place of the latest, whatever that is, as `If-Match: *` asks of a PUT. It is kept as an overwrite,\nand creates nothing. Not beside `base_version`.\n"
          },
          "on_stale": {
            "$ref": "#/components/schemas/OnStale"
          },
          "confirm": {
            "$ref": "#/components/schemas/Token"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          }
        }
      },
      "NewDeployment": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "changes"
        ],
        "properties": {
          "changes": {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "description": "At most one of each config.",
            "items": {
              "$ref": "#/components/schemas/DeployedChange"
            }
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "bypass": {
            "$ref": "#/components/schemas/Bypass"
          },
          "git": {
            "$ref": "#/components/schemas/NewGit"
          },
          "group": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "A name for it in the log; entries of one deployer with the same one are one deployment."
          }
        }
      },
      "DeploymentResult": {
        "type": "object",
        "required": [
          "items",
          "dry_run"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/DeploymentItem"
            }
          },
          "token": {
            "$ref": "#/components/schemas/Token"
          },
          "dry_run": {
            "type": "boolean"
          }
        }
      },
      "DeploymentItem": {
        "type": "object",
        "description": "What became of one change, or would have; `problem` when it was refused.",
        "required": [
          "namespace",
          "path",
          "operation"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "operation": {
            "type": "string",
            "enum": [
              "create",
              "update",
              "unchanged",
              "delete",
              "refused"
            ]
          },
          "result": {
            "$ref": "#/components/schemas/SaveResult"
          },
          "old_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "new_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "content_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "notices": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Violation"
            },
            "description": "What rules that only warn say to the text. Absent when they say nothing."
          },
          "promoted_from": {
            "$ref": "#/components/schemas/PromotedFrom"
          },
          "approval_required": {
            "type": "boolean",
            "description": "Of a dry run: it would be kept until others have approved it."
          },
          "since_version": {
            "type": "integer",
            "minimum": 1,
            "description": "Of a promotion, the version of the source that was promoted before."
          },
          "change": {
            "type": "string",
            "description": "Of a promotion, what it changes: latest to what would be saved, unified."
          },
          "problem": {
            "$ref": "#/components/schemas/Problem"
          }
        }
      },
      "Deployment": {
        "type": "object",
        "required": [
          "id",
          "created_at",
          "deployer",
          "deployer_verified",
          "git",
          "result",
          "entries",
          "changes",
          "change_count"
        ],
        "properties": {
          "id": {
            "type": "string",
            "description": "Of its newest entry."
          },
          "created_at": {
            "type": "string",
            "format": "date-time"
          },
          "deployer": {
            "type": "string"
          },
          "deployer_verified": {
            "type": "boolean"
          },
          "group": {
            "type": "string",
            "description": "What its deployer calls it."
          },
          "git": {
            "$ref": "#/components/schemas/Git"
          },
          "result": {
            "$ref": "#/components/schemas/DeploymentVerdict"
          },
          "entries": {
            "type": "integer",
            "minimum": 1,
            "description": "Entries of the log it consists of."
          },
          "changes": {
            "type": "array",
            "description": "The newest 100 of those the reader may see.",
            "items": {
              "$ref": "#/components/schemas/DeploymentChange"
            }
          },
          "change_count": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "DeploymentVerdict": {
        "type": "string",
        "enum": [
          "accepted",
          "refused"
        ]
      },
      "DeploymentChange": {
        "type": "object",
        "required": [
          "namespace",
          "path",
          "operation"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "type": "string"
          },
          "operation": {
            "type": "string",
            "enum": [
              "create",
              "update",
              "unchanged",
              "delete"
            ]
          },
          "old_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "new_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "old_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "new_sha256": {
            "$ref": "#/components/schemas/Sha256"
          },
          "refusal": {
            "type": "object",
            "required": [
              "reason",
              "message"
            ],
            "properties": {
              "reason": {
                "type": "string"
              },
              "message": {
                "type": "string"
              }
            }
          },
          "note": {
            "type": "string",
            "description": "What the log says of it besides, such as why a version was purged."
          }
        }
      },
      "ObjectName": {
        "type": "string",
        "description": "The name of a Kubernetes object.",
        "minLength": 1,
        "maxLength": 253,
        "pattern": "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
      },
      "ProposalPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Proposal"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "Proposal": {
        "type": "object",
        "description": "A ConfigVersion object that is refused, or waits to be confirmed.",
        "required": [
          "namespace",
          "name",
          "uid",
          "config",
          "format",
          "reason",
          "message",
          "created_at"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "name": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "uid": {
            "type": "string"
          },
          "config": {
            "type": "object",
            "required": [
              "namespace",
              "path"
            ],
            "properties": {
              "namespace": {
                "$ref": "#/components/schemas/NamespaceName"
              },
              "path": {
                "$ref": "#/components/schemas/ConfigPath"
              }
            }
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "reason": {
            "type": "string",
            "description": "Of its Ready condition, such as `ConfirmationRequired`."
          },
          "message": {
            "type": "string",
            "description": "Of its Ready condition, for people."
          },
          "author": {
            "type": "string",
            "description": "As the manifest claims."
          },
          "comment": {
            "type": "string"
          },
          "git": {
            "$ref": "#/components/schemas/Git"
          },
          "created_at": {
            "type": "string",
            "format": "date-time"
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when it is refused."
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "current_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "current_author": {
            "type": "string"
          },
          "current_actor": {
            "type": "string"
          },
          "diff": {
            "type": "string",
            "description": "What the object changes: base to proposed, unified."
          },
          "merged": {
            "type": "string",
            "description": "The text that confirming will save."
          },
          "places": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Place"
            }
          },
          "more_places": {
            "type": "integer",
            "minimum": 1,
            "description": "Clashing places not listed."
          },
          "token": {
            "type": "string",
            "description": "Confirms exactly `merged`. Absent when there is nothing to confirm."
          },
          "confirmed_by": {
            "type": "string",
            "description": "Who confirmed it already; it will be saved in a moment."
          }
        }
      },
      "UsagePage": {
        "type": "object",
        "required": [
          "config",
          "items",
          "workloads"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Use"
            }
          },
          "workloads": {
            "type": "string",
            "enum": [
              "Listed",
              "NotWatched"
            ],
            "description": "`Listed`: the workloads with the annotation `pawl.dev/restart-on-change` that use this config are among the items.\n`NotWatched`: this server does not look at workloads, so none are.\n"
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "Use": {
        "type": "object",
        "description": "A ConfigMap or Secret that shows a config, a ConfigVersion object that proposes it, a ConfigProjection object that\nshows it, or a workload that restarts for it. `version` is the one that is shown, that the object's text became, or\nthat the workload was last restarted for or first seen with; it is absent when there is none, or it is not known.\n",
        "required": [
          "kind",
          "namespace",
          "name"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "ConfigMap",
              "Secret",
              "ConfigVersion",
              "ConfigProjection",
              "Deployment",
              "StatefulSet",
              "DaemonSet",
              "Rollout"
            ]
          },
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "name": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "pinned": {
            "type": "boolean",
            "description": "Whether a ConfigProjection names this version, so that no later one is shown."
          },
          "keys": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "Of a ConfigMap or Secret that the text is under."
          },
          "config_map": {
            "type": "string",
            "description": "The ConfigMap that a ConfigVersion or ConfigProjection asks for, or that a workload uses."
          },
          "secret": {
            "type": "string",
            "description": "The Secret that a ConfigProjection asks for."
          },
          "behind": {
            "type": "boolean",
            "description": "Of a workload: whether its ConfigMap shows other content since. Absent: not known."
          },
          "pods": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "$ref": "#/components/schemas/UsedPod"
            },
            "description": "Of a workload, where they were asked for. Absent: not known, or not for this reader."
          },
          "pods_left_off": {
            "type": "integer",
            "minimum": 1,
            "description": "How many more there are."
          },
          "ready": {
            "type": "boolean",
            "description": "Of an object of Pawl whether its Ready condition is true."
          },
          "reason": {
            "type": "string",
            "description": "Of its Ready condition, such as `Saved`."
          },
          "message": {
            "type": "string",
            "description": "Of its Ready condition, for people."
          }
        }
      },
      "UsedPod": {
        "type": "object",
        "description": "A pod of a workload. `version` is the one it was started with; it is absent where that is not known. Files that the pod\nmounts follow later versions by themselves.\n",
        "required": [
          "name",
          "created_at"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "created_at": {
            "type": "string",
            "format": "date-time"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "behind": {
            "type": "boolean",
            "description": "Whether it was started with other content than the ConfigMap shows now. Absent: not known."
          }
        }
      },
      "Confirmation": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "token"
        ],
        "properties": {
          "token": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256
          }
        }
      },
      "Diagnosis": {
        "type": "object",
        "required": [
          "checks"
        ],
        "properties": {
          "checks": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Check"
            }
          }
        }
      },
      "Check": {
        "type": "object",
        "required": [
          "name",
          "level",
          "message"
        ],
        "properties": {
          "name": {
            "type": "string",
            "description": "What was looked at, such as `database` or `certificate`."
          },
          "level": {
            "type": "string",
            "enum": [
              "ok",
              "warning",
              "failure"
            ],
            "description": "`failure`: something is lost, broken or about to be."
          },
          "message": {
            "type": "string",
            "description": "For people: what was found, and what to do about it."
          }
        }
      },
      "Approval": {
        "type": "object",
        "description": "A change that waits until others have approved it.",
        "required": [
          "id",
          "namespace",
          "paths",
          "proposed_by",
          "proposer_verified",
          "since",
          "approved_by"
        ],
        "properties": {
          "id": {
            "type": "string",
            "description": "A number, or the namespace and the name of a ConfigVersion with a dot between them."
          },
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "paths": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ConfigPath"
            }
          },
          "proposed_by": {
            "type": "string"
          },
          "proposer_verified": {
            "type": "boolean",
            "description": "Whether the API server vouches for `proposed_by`; else it is what a manifest claims, and may be empty."
          },
          "object": {
            "type": "object",
            "description": "The ConfigVersion that proposes it. Absent for a request.",
            "required": [
              "namespace",
              "name"
            ],
            "properties": {
              "namespace": {
                "$ref": "#/components/schemas/NamespaceName"
              },
              "name": {
                "$ref": "#/components/schemas/ObjectName"
              }
            }
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when it waits."
          },
          "approved_by": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Approver"
            }
          },
          "rejected_by": {
            "type": "object",
            "description": "Of an object, who rejected it.",
            "required": [
              "name",
              "at",
              "reason"
            ],
            "properties": {
              "name": {
                "type": "string"
              },
              "at": {
                "type": "string",
                "format": "date-time"
              },
              "reason": {
                "type": "string"
              }
            }
          }
        }
      },
      "ApprovalPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Approval"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "Approver": {
        "type": "object",
        "required": [
          "name",
          "at"
        ],
        "properties": {
          "name": {
            "type": "string",
            "description": "As the API server or the OpenID provider says."
          },
          "at": {
            "type": "string",
            "format": "date-time"
          }
        }
      },
      "ApprovalRead": {
        "type": "object",
        "description": "A change that waits, with what it would save now.",
        "required": [
          "id",
          "namespace",
          "paths",
          "proposed_by",
          "proposer_verified",
          "since",
          "approved_by",
          "needed",
          "changes"
        ],
        "properties": {
          "id": {
            "type": "string"
          },
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "paths": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ConfigPath"
            }
          },
          "proposed_by": {
            "type": "string"
          },
          "proposer_verified": {
            "type": "boolean"
          },
          "object": {
            "type": "object",
            "required": [
              "namespace",
              "name"
            ],
            "properties": {
              "namespace": {
                "$ref": "#/components/schemas/NamespaceName"
              },
              "name": {
                "$ref": "#/components/schemas/ObjectName"
              }
            }
          },
          "since": {
            "type": "string",
            "format": "date-time"
          },
          "approved_by": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Approver"
            },
            "description": "Those whose approval holds for the change as it is now."
          },
          "rejected_by": {
            "type": "object",
            "required": [
              "name",
              "at",
              "reason"
            ],
            "properties": {
              "name": {
                "type": "string"
              },
              "at": {
                "type": "string",
                "format": "date-time"
              },
              "reason": {
                "type": "string"
              }
            }
          },
          "token": {
            "type": "string",
            "maxLength": 64,
            "description": "Names exactly this change. Absent when it cannot be approved as it stands: see `problem`."
          },
          "needed": {
            "type": "integer",
            "minimum": 0,
            "description": "How many people have to approve."
          },
          "problem": {
            "type": "object",
            "description": "Why it cannot be approved as it stands, such as others having changed the same place.",
            "required": [
              "reason",
              "detail"
            ],
            "properties": {
              "reason": {
                "type": "string"
              },
              "detail": {
                "type": "string"
              }
            }
          },
          "changes": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "namespace",
                "path",
                "operation"
              ],
              "properties": {
                "namespace": {
                  "$ref": "#/components/schemas/NamespaceName"
                },
                "path": {
                  "$ref": "#/components/schemas/ConfigPath"
                },
                "operation": {
                  "type": "string",
                  "enum": [
                    "create",
                    "update",
                    "unchanged"
                  ]
                },
                "current_version": {
                  "$ref": "#/components/schemas/VersionNumber"
                },
                "content_sha256": {
                  "$ref": "#/components/schemas/Sha256"
                },
                "body_raw": {
                  "type": "string",
                  "description": "The text that would be saved."
                },
                "change": {
                  "type": "string",
                  "description": "Latest to that text, unified. Absent: this config needs no approval."
                }
              }
            }
          }
        }
      },
      "ApprovalState": {
        "type": "object",
        "required": [
          "state",
          "needed",
          "approved_by"
        ],
        "properties": {
          "state": {
            "type": "string",
            "enum": [
              "waiting",
              "approved",
              "saved"
            ],
            "description": "`waiting`: for more people. `approved`: the operator will save it in a moment."
          },
          "needed": {
            "type": "integer",
            "minimum": 0
          },
          "approved_by": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Approver"
            }
          },
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/DeploymentItem"
            }
          }
        }
      },
      "Judgement": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "token"
        ],
        "properties": {
          "token": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "Of the change that was shown."
          }
        }
      },
      "Rejection": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "reason"
        ],
        "properties": {
          "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$"
          },
          "token": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "Of the change that was shown. Absent: whatever it is by now."
          }
        }
      },
      "VersionApproval": {
        "type": "object",
        "description": "Who proposed a change of a protected config, who approved it, or who bypassed that, and why.",
        "required": [
          "kind",
          "name"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "enum": [
              "proposed",
              "approved",
              "bypassed"
            ]
          },
          "name": {
            "type": "string"
          },
          "at": {
            "type": "string",
            "format": "date-time"
          },
          "reason": {
            "type": "string",
            "description": "Of a bypass."
          }
        }
      },
      "DriftPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Drift"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "Drift": {
        "type": "object",
        "description": "A ConfigVersion object whose text is not the live one.",
        "required": [
          "namespace",
          "name",
          "uid",
          "config",
          "format",
          "reason",
          "message",
          "version"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "name": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "uid": {
            "type": "string"
          },
          "config": {
            "type": "object",
            "required": [
              "namespace",
              "path"
            ],
            "properties": {
              "namespace": {
                "$ref": "#/components/schemas/NamespaceName"
              },
              "path": {
                "$ref": "#/components/schemas/ConfigPath"
              }
            }
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "reason": {
            "type": "string",
            "description": "`Superseded`, or of its Ready condition, such as `Merged`."
          },
          "message": {
            "type": "string",
            "description": "Of that condition, for people: whose version is live, and since when."
          },
          "author": {
            "type": "string",
            "description": "As the manifest claims."
          },
          "git": {
            "$ref": "#/components/schemas/Git"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "superseded_by": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "live_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when it says so."
          }
        }
      },
      "PreviewRequest": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "spec"
        ],
        "properties": {
          "spec": {
            "$ref": "#/components/schemas/ManifestSpec"
          },
          "annotations": {
            "type": "object",
            "description": "Of the manifest; those with a meaning to Pawl count.",
            "maxProperties": 256,
            "additionalProperties": {
              "type": "string",
              "maxLength": 262144
            }
          },
          "applied_by": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "The user who will apply it, such as a GitOps engine's `system:serviceaccount:argocd:argocd-application-controller`.\nLeft out, it is the user who applied the object last, or, for a new object, the sender.\n"
          }
        }
      },
      "ManifestSpec": {
        "type": "object",
        "additionalProperties": false,
        "description": "`spec` of a ConfigVersion, as in its manifest.",
        "required": [
          "path",
          "format",
          "body"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "baseVersion": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "onStale": {
            "type": "string",
            "enum": [
              "Confirm",
              "Merge",
              "Reject"
            ]
          },
          "author": {
            "type": "string",
            "maxLength": 256,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "git": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "commit"
            ],
            "properties": {
              "commit": {
                "$ref": "#/components/schemas/GitCommit"
              },
              "branch": {
                "type": "string",
                "maxLength": 255
              },
              "dirty": {
                "type": "boolean"
              },
              "remote": {
                "type": "string",
                "maxLength": 2048
              },
              "path": {
                "type": "string",
                "maxLength": 4096
              }
            }
          },
          "formerly": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "deletionPolicy": {
            "type": "string",
            "enum": [
              "Retain",
              "Delete"
            ]
          },
          "suspend": {
            "type": "boolean"
          },
          "configMap": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "enabled": {
                "type": "boolean",
                "description": "false: no ConfigMap is asked for."
              },
              "name": {
                "$ref": "#/components/schemas/ObjectName"
              },
              "key": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "pattern": "^[-._a-zA-Z0-9]+$"
              },
              "format": {
                "type": "string",
                "enum": [
                  "Source",
                  "json",
                  "yaml",
                  "env",
                  "properties"
                ]
              },
              "labels": {
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {
                  "type": "string",
                  "maxLength": 63
                }
              },
              "annotations": {
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {
                  "type": "string",
                  "maxLength": 4096
                }
              }
            }
          },
          "body": {
            "$ref": "#/components/schemas/BodyRaw"
          }
        }
      },
      "Preview": {
        "type": "object",
        "description": "What would become of a ConfigVersion's manifest.",
        "required": [
          "namespace",
          "name",
          "config",
          "format",
          "exists",
          "outcome",
          "reason",
          "message"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "name": {
            "$ref": "#/components/schemas/ObjectName"
          },
          "config": {
            "type": "object",
            "required": [
              "namespace",
              "path"
            ],
            "properties": {
              "namespace": {
                "$ref": "#/components/schemas/NamespaceName"
              },
              "path": {
                "$ref": "#/components/schemas/ConfigPath"
              }
            }
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "exists": {
            "type": "boolean",
            "description": "Whether there is an object of this name now."
          },
          "outcome": {
            "type": "string",
            "enum": [
              "saved",
              "merged",
              "unchanged",
              "refused",
              "waiting",
              "suspended"
            ],
            "description": "`saved`: as it is, as `version`. `merged`: carried onto `current_version`, as `version`. `unchanged`: `version` has\nit already. `refused`: for the reason, or until it is confirmed. `waiting`: until the text of the object that it\nwas formerly is saved, or that object is gone. `suspended`: it would be left alone.\n"
          },
          "reason": {
            "type": "string",
            "description": "As its Ready condition would say, such as `Saved` or `VersionConflict`."
          },
          "message": {
            "type": "string",
            "description": "For people."
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "current_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "current_author": {
            "type": "string"
          },
          "current_actor": {
            "type": "string"
          },
          "change": {
            "type": "string",
            "description": "What it would change: latest to what would be saved, unified. Absent: nothing."
          },
          "notices": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Violation"
            },
            "description": "What rules that only warn say to the text. Absent when they say nothing."
          },
          "violations": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Violation"
            },
            "description": "Of a refusal by a schema",
            "or because of a secret.": null
          },
          "diff": {
            "type": "string",
            "description": "Of a refusal, what the manifest changes: base to proposed, unified."
          },
          "merged": {
            "type": "string",
            "description": "Of `ConfirmationRequired`, the text that confirming would save."
          },
          "places": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Place"
            }
          },
          "more_places": {
            "type": "integer",
            "minimum": 1,
            "description": "Clashing places not listed."
          }
        }
      },
      "DeploymentPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Deployment"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "Problem": {
        "type": "object",
        "description": "RFC 9457, with members of our own. One shape for every refusal.",
        "required": [
          "type",
          "title",
          "status",
          "detail",
          "reason",
          "request_id"
        ],
        "properties": {
          "type": {
            "type": "string",
            "format": "uri",
            "description": "Stable. `https://pawl.dev/problems/` and a name of docs/problems.md."
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599
          },
          "detail": {
            "type": "string",
            "description": "For people: what happened, and what to do next."
          },
          "instance": {
            "type": "string"
          },
          "reason": {
            "type": "string",
            "description": "For programs: the same words as in the conditions of a ConfigVersion."
          },
          "request_id": {
            "type": "string",
            "description": "As in `X-Request-Id` and in the log of the server."
          },
          "errors": {
            "type": "array",
            "description": "Of `invalid-request`, what is wrong where.",
            "items": {
              "type": "object",
              "required": [
                "in",
                "detail"
              ],
              "properties": {
                "in": {
                  "type": "string",
                  "enum": [
                    "path",
                    "query",
                    "header",
                    "body"
                  ]
                },
                "name": {
                  "type": "string",
                  "description": "The parameter, or the JSON Pointer in the body."
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          },
          "line": {
            "type": "integer",
            "minimum": 1,
            "description": "Of `invalid-body` and of the first violation, 1-based."
          },
          "column": {
            "type": "integer",
            "minimum": 1,
            "description": "The same, 1-based, in characters."
          },
          "violations": {
            "type": "array",
            "description": "Places that a schema does not allow: of `schema-violation` in the sender's text, of `version-conflict` in the\nmerged one.\n",
            "items": {
              "$ref": "#/components/schemas/Violation"
            }
          },
          "more_violations": {
            "type": "integer",
            "minimum": 1,
            "description": "Places not listed."
          },
          "freeze": {
            "$ref": "#/components/schemas/Freeze"
          },
          "base_version": {
            "$ref": "#/components/schemas/BaseVersion"
          },
          "current_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "current_author": {
            "type": "string"
          },
          "current_actor": {
            "type": "string"
          },
          "diff": {
            "type": "string",
            "description": "What the sender changed: base to proposed, unified."
          },
          "merged": {
            "type": "string",
            "description": "The text that `token` saves."
          },
          "merged_diff": {
            "type": "string",
            "description": "What that changes: latest to merged, unified."
          },
          "marked": {
            "type": "string",
            "description": "The merged text with marks at the clashes, as Git makes them."
          },
          "promoted_from": {
            "$ref": "#/components/schemas/PromotedFrom"
          },
          "token": {
            "$ref": "#/components/schemas/Token"
          },
          "places": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Place"
            }
          },
          "more_places": {
            "type": "integer",
            "minimum": 1,
            "description": "Clashing places not listed."
          },
          "configs": {
            "type": "integer",
            "minimum": 1,
            "description": "Of `namespace-not-empty`."
          },
          "items": {
            "type": "array",
            "description": "Of `deployment-refused`, each change.",
            "items": {
              "$ref": "#/components/schemas/DeploymentItem"
            }
          },
          "retry_after": {
            "type": "integer",
            "minimum": 0,
            "description": "Seconds, as in `Retry-After`."
          }
        }
      },
      "NewPromotions": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "from",
          "to"
        ],
        "properties": {
          "from": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "to": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "paths": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "uniqueItems": true,
            "items": {
              "$ref": "#/components/schemas/ConfigPath"
            }
          },
          "prefix": {
            "type": "string",
            "maxLength": 512,
            "pattern": "^[A-Za-z0-9._@+=/-]*$",
            "description": "Instead of `paths`: every config of `from` whose path begins so, at most 100."
          },
          "since": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "confirm": {
            "$ref": "#/components/schemas/Token"
          },
          "decided": {
            "$ref": "#/components/schemas/DecidedPromotion"
          },
          "author": {
            "$ref": "#/components/schemas/Author"
          },
          "comment": {
            "$ref": "#/components/schemas/Comment"
          },
          "git": {
            "$ref": "#/components/schemas/NewGit"
          },
          "bypass": {
            "$ref": "#/components/schemas/Bypass"
          }
        }
      },
      "DecidedPromotion": {
        "type": "object",
        "description": "The text of the one config in `paths`, as a person decided it where both sides had changed the same places. It is\nsaved as it is, without `confirm`, as long as neither side moved on from the versions that were looked at.\n",
        "additionalProperties": false,
        "required": [
          "body_raw",
          "source_version",
          "base_version"
        ],
        "properties": {
          "body_raw": {
            "$ref": "#/components/schemas/BodyRaw"
          },
          "source_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "base_version": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "PromotedFrom": {
        "type": "object",
        "description": "The version whose text was carried over.",
        "required": [
          "namespace",
          "path",
          "version"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          }
        }
      },
      "Bypass": {
        "type": "string",
        "minLength": 1,
        "maxLength": 256,
        "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$",
        "description": "Why this is to be done although the config is frozen, or protected and not approved. Needs the right `bypass` on it.\nThe history keeps it: in the comment of the version for a freeze, and in its `approvals` else. Where there is neither,\nit says nothing.\n"
      },
      "Freeze": {
        "type": "object",
        "description": "Configs that are neither saved nor deleted for a while.",
        "required": [
          "name",
          "reason",
          "until"
        ],
        "properties": {
          "name": {
            "type": "string",
            "description": "Among the freezes of its config namespace."
          },
          "paths": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "By pattern. Absent: every path."
          },
          "reason": {
            "type": "string"
          },
          "until": {
            "type": "string",
            "format": "date-time",
            "description": "When it ends by itself."
          },
          "by": {
            "type": "string",
            "description": "Who asked for it by this API. Absent: its manifest."
          }
        }
      },
      "FreezePage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Freeze"
            }
          }
        }
      },
      "Purge": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "version",
          "reason"
        ],
        "properties": {
          "version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$",
            "description": "Kept in the log and on the tombstones. Do not write the secret into it."
          }
        }
      },
      "Purged": {
        "type": "object",
        "required": [
          "versions",
          "also_in",
          "still_held"
        ],
        "properties": {
          "versions": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VersionNumber"
            },
            "description": "All of the config that had that text, the one named among them."
          },
          "also_in": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VersionNumber"
            },
            "description": "Versions with other texts that hold a secret which the purged one held, too, of the newest 200."
          },
          "still_held": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Use"
            },
            "description": "Objects of Kubernetes that hold the text, as far as Pawl looks at them and the caller may get them."
          }
        }
      },
      "TrashPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/DeletedConfig"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "DeletedConfig": {
        "type": "object",
        "description": "A config as one delete took it.",
        "required": [
          "path",
          "format",
          "versions",
          "bytes",
          "first_version",
          "last_version",
          "deleted_at",
          "deleted_by",
          "kept_until"
        ],
        "properties": {
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "format": {
            "$ref": "#/components/schemas/Format"
          },
          "versions": {
            "type": "integer",
            "minimum": 0,
            "description": "How many can be brought back."
          },
          "bytes": {
            "type": "integer",
            "minimum": 0,
            "description": "Of their texts, in UTF-8."
          },
          "first_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "last_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "deleted_at": {
            "type": "string",
            "format": "date-time"
          },
          "deleted_by": {
            "type": "string",
            "description": "The user who deleted it."
          },
          "kept_until": {
            "type": "string",
            "format": "date-time",
            "description": "When the texts go for good."
          }
        }
      },
      "Undeleted": {
        "type": "object",
        "required": [
          "versions",
          "first_version",
          "last_version",
          "latest",
          "as_history"
        ],
        "properties": {
          "versions": {
            "type": "integer",
            "minimum": 0,
            "description": "How many came back."
          },
          "first_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "last_version": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "latest": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "as_history": {
            "type": "boolean",
            "description": "The config was saved again since the delete: that stays the latest, and what came back is its history."
          }
        }
      },
      "NewFreeze": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "reason",
          "until"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/NamespaceName"
          },
          "path": {
            "$ref": "#/components/schemas/ConfigPath"
          },
          "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$"
          },
          "until": {
            "type": "string",
            "format": "date-time",
            "maxLength": 40,
            "description": "When it ends by itself, at most a year from now."
          }
        }
      },
      "Violation": {
        "type": "object",
        "description": "A place of a text that a ConfigSchema does not allow, or that looks like a secret. Without a place: the check took\ntoo long on the text. It names keys, and holds no value of the config.\n",
        "required": [
          "message"
        ],
        "properties": {
          "schema": {
            "type": "string",
            "description": "The ConfigSchema; absent where it is about a secret."
          },
          "pointer": {
            "type": "string",
            "description": "RFC 6901; of several YAML documents, the first step is which one."
          },
          "path": {
            "type": "string",
            "description": "The place, for people; empty for the whole text."
          },
          "line": {
            "type": "integer",
            "minimum": 1
          },
          "column": {
            "type": "integer",
            "minimum": 1,
            "description": "In characters."
          },
          "rule": {
            "type": "string",
            "description": "The keyword of JSON Schema, or what found the secret."
          },
          "message": {
            "type": "string",
            "description": "What is allowed there, or what it looks like."
          }
        }
      },
      "ViolationsPage": {
        "type": "object",
        "required": [
          "items"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ViolatingConfig"
            }
          },
          "next_cursor": {
            "$ref": "#/components/schemas/NextCursor"
          }
        }
      },
      "ViolatingConfig": {
        "type": "object",
        "description": "A config whose latest version is not what a schema allows, or holds a secret.",
        "required": [
          "config",
          "violations"
        ],
        "properties": {
          "config": {
            "$ref": "#/components/schemas/Config"
          },
          "violations": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Violation"
            }
          },
          "more_violations": {
            "type": "integer",
            "minimum": 1,
            "description": "Places not listed."
          }
        }
      },
      "Place": {
        "type": "object",
        "description": "Where two edits meet.",
        "required": [
          "kind",
          "path",
          "changed_in",
          "changed_by"
        ],
        "properties": {
          "kind": {
            "type": "string"
          },
          "path": {
            "type": "string",
            "description": "The place, for people."
          },
          "pointer": {
            "type": "string",
            "description": "RFC 6901."
          },
          "base": {
            "type": "string"
          },
          "current": {
            "type": "string"
          },
          "proposed": {
            "type": "string"
          },
          "changed_in": {
            "$ref": "#/components/schemas/VersionNumber"
          },
          "changed_by": {
            "type": "string"
          }
        }
      }
    }
  }
} as const;
