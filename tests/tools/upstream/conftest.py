"""Wheels in the form that OpenAPI Generator gives the upstream SDK."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

SESSION = """
class Session(object):
    openapi_types = {
        'name': 'str',
        'state': 'SessionState',
        'idle_timeout': 'int',
        'created_at': 'datetime',
        'hosts': 'list[str]'
    }

    attribute_map = {
        'name': 'name',
        'state': 'state',
        'idle_timeout': 'idle_timeout',
        'created_at': 'created_at',
        'hosts': 'hosts'
    }

    def __init__(self, name=None, state=None, idle_timeout=120, created_at=None, hosts=[], configuration=None):
        self._name = None

    @name.setter
    def name(self, name):
        if self.local_vars_configuration.client_side_validation and name is None:  # noqa: E501
            raise ValueError("Invalid value for `name`, must not be `None`")  # noqa: E501
        self._name = name
"""
STATE = """
class SessionState(object):
    STOPPED = "Stopped"
    RUNNING = "Running"

    allowable_values = [STOPPED, RUNNING]  # noqa: E501
"""
API = """
class DefaultApi(object):
    def get_session(self, session_id, **kwargs):
        return self.get_session_with_http_info(session_id, **kwargs)

    def get_session_with_http_info(self, session_id, **kwargs):
        if 'session_id' not in local_var_params:
            raise ApiValueError("Missing the required parameter `session_id` when calling `get_session`")
        path_params = {}
        path_params['session_id'] = local_var_params['session_id']
        query_params = []
        return self.api_client.call_api(
            '/sessions/{session_id}', 'GET',
            path_params,
            query_params,
            response_type='SessionResponse')

    def search_sessions_with_http_info(self, sessions_query, **kwargs):
        if 'sessions_query' not in local_var_params:
            raise ApiValueError("Missing the required parameter `sessions_query` when calling `search_sessions`")
        query_params.append(('count', local_var_params['count']))
        body_params = None
        if 'sessions_query' in local_var_params:
            body_params = local_var_params['sessions_query']
        return self.api_client.call_api(
            '/sessions/search', 'POST',
            path_params,
            response_type=None)

    def get_cloud_with_http_info(self, cloud_id, **kwargs):
        return self.api_client.call_api('/clouds/{cloud_id}', 'GET')
"""
MODULES = {"models/__init__.py": "", "models/session.py": SESSION, "models/session_state.py": STATE}
METADATA = "Metadata-Version: 2.1\nName: anyscale\nVersion: {version}\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def write_wheel(tmp_path: Path) -> Callable[..., Path]:
    """Writes a wheel of this version, in which a module may be replaced, or left out with `None`."""

    def write(version: str = "1.0.0", **modules: str | None) -> Path:
        path = tmp_path / f"anyscale-{version}-py3-none-any.whl"
        texts: dict[str, str | None] = {**MODULES, "api/default_api.py": API}
        texts |= {f"{name.replace('__', '/')}.py": text for name, text in modules.items()}
        with zipfile.ZipFile(path, "w") as files:
            for name, text in texts.items():
                if text is not None:
                    files.writestr(f"anyscale/sdk/anyscale_client/{name}", text)
            folder = f"anyscale-{version}.dist-info"
            files.writestr(f"{folder}/METADATA", METADATA.format(version=version))
            files.writestr(f"{folder}/WHEEL", WHEEL)
            files.writestr(f"{folder}/RECORD", "")
        return path

    return write
