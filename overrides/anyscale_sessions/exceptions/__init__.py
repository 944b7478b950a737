"""All errors and warnings of the package.

SessionsError
├── InvalidRequestError (ValueError)       an argument breaks a rule; nothing was sent
│   └── InvalidSessionError                a CreateSession breaks a rule
├── MissingCredentialsError                no token was found
├── InvalidCredentialsError (ValueError)   a token, a host or the credentials file cannot be used
├── APIConnectionError                     the server could not be reached, or the connection broke
├── APITimeoutError (TimeoutError)         no response within the timeout or the deadline
├── ResponseDecodeError                    a response does not match the spec
├── APIStatusError                         the server refused the request:
│   ├── BadRequestError                    400
│   ├── AuthenticationError                401
│   ├── PermissionDeniedError              403
│   ├── NotFoundError                      404
│   ├── ConflictError                      409
│   ├── UnprocessableEntityError           422, with a problem for each field
│   ├── RateLimitError                     429, with the seconds to wait
│   └── ServerError                        5xx
├── OutcomeUnknownError                    the request was sent, and it is unknown whether it was applied
│   └── CreateOutcomeUnknownError          the session may exist or not
├── WaitTimeoutError (TimeoutError)        a wait took too long; it can be resumed
├── UnreachableStateError                  the session cannot reach the state without a new request
└── OperationFailedError                   a start or a termination ended with an error

SessionsWarning (UserWarning)
├── TokenIgnoredWarning                    a token for a private user service
├── InternalFieldWarning                   a field that the platform sets itself
├── InsecureCredentialsWarning             other users of this machine can read the credentials file
└── UnusableSettingWarning                 an environment variable of this package has an unknown value
"""

from .base import BODY_LIMIT_BYTES as BODY_LIMIT_BYTES
from .base import APIConnectionError as APIConnectionError
from .base import APITimeoutError as APITimeoutError
from .base import InvalidCredentialsError as InvalidCredentialsError
from .base import InvalidRequestError as InvalidRequestError
from .base import InvalidSessionError as InvalidSessionError
from .base import MissingCredentialsError as MissingCredentialsError
from .base import Problem as Problem
from .base import ResponseDecodeError as ResponseDecodeError
from .base import SessionsError as SessionsError
from .outcomes import CreateOutcomeUnknownError as CreateOutcomeUnknownError
from .outcomes import OperationFailedError as OperationFailedError
from .outcomes import OutcomeUnknownError as OutcomeUnknownError
from .outcomes import Searcher as Searcher
from .outcomes import UnreachableStateError as UnreachableStateError
from .outcomes import WaitTimeoutError as WaitTimeoutError
from .status import ERRORS_BY_STATUS as ERRORS_BY_STATUS
from .status import APIStatusError as APIStatusError
from .status import AuthenticationError as AuthenticationError
from .status import BadRequestError as BadRequestError
from .status import ConflictError as ConflictError
from .status import NotFoundError as NotFoundError
from .status import PermissionDeniedError as PermissionDeniedError
from .status import RateLimitError as RateLimitError
from .status import ServerError as ServerError
from .status import UnprocessableEntityError as UnprocessableEntityError
from .warnings import InsecureCredentialsWarning as InsecureCredentialsWarning
from .warnings import InternalFieldWarning as InternalFieldWarning
from .warnings import SessionsWarning as SessionsWarning
from .warnings import TokenIgnoredWarning as TokenIgnoredWarning
from .warnings import UnusableSettingWarning as UnusableSettingWarning
