"""What the modules of this package require of the spec, by module; tools/contracts/contract.py describes the form.

Only what types cannot show stands here: names used as strings, defaults, secrets and the conditional rule.
"""

from __future__ import annotations

REQUIRES: dict[str, dict[str, object]] = {
    "_sansio.pagination": {
        "operations": {"list_sessions": {"paging_token": "optional string in query", "*": "anything"}},
        "PageQuery": {"paging_token": "optional string"},
        "SessionsQuery": {"paging": "optional PageQuery"},
    },
    "_sansio.policies": {
        "operations": {
            "create_session": {"=>": "Session", "*": "anything"},
            "create_session_command": {"=>": "SessionCommand", "*": "anything"},
            "get_session": {"session_id": "required string in path", "=>": "Session"},
            "get_session_command": {"session_command_id": "required string in path", "=>": "SessionCommand"},
            "get_session_operation": {"session_operation_id": "required string in path", "=>": "SessionOperation"},
            "kill_session_command": {"session_command_id": "required string in path", "=>": "SessionCommand"},
            "list_sessions": {"=>": "page of Session", "*": "anything"},
            "search_sessions": {"=>": "page of Session", "*": "anything"},
            "start_session": {"session_id": "required string in path", "=>": "SessionOperation", "*": "anything"},
            "terminate_session": {
                "session_id": "required string in path",
                "body": "TerminateSessionOptions",
                "=>": "SessionOperation",
            },
            "update_session": {"session_id": "required string in path", "=>": "Session", "*": "anything"},
        },
    },
    "_sansio.recovery": {
        "CreateSessionCommand": {"session_id": "required string", "shell_command": "required string"},
        "PageQuery": {"count": "integer = 10"},
        "TerminateSessionOptions": {"delete": "boolean = false", "workers_only": "boolean = false"},
    },
    "_sansio.waiters": {"SessionOperation": {"completed": "boolean"}},
    "_validation.session_rules": {
        "CreateSession": {
            "cluster_config": "optional secret string",
            "ha_job_id": "optional string",
            "idle_timeout": "integer = 120",
            "user_service_access": "optional UserServiceAccessTypes",
            "user_service_token": "optional secret string",
            "uses_app_config": "boolean = false",
            "if": {"uses_app_config": True},
            "then": ("build_id", "compute_template_id"),
            "else": ("cluster_config", "cloud_id"),
        },
        "UserServiceAccessTypes": ("private", "public"),
    },
    "cli.demo": {"CreateSession": {"name": "required string", "project_id": "required string", "*": "optional"}},
    "cli.fields": {"Session": {"user_service_token": "secret string | null"}},
    "cli.sessions": {"Session": ("id", "name", "state", "created_at")},
    "client": {"operations": {"create_session": {"body": "CreateSession", "*": "nothing"}}},
    "user_service": {
        "Session": {"access_token": "secret string", "user_service_token": "secret string | null"},
        "UserServiceAccessTypes": ("private", "public"),
    },
}
