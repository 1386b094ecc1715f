"""Who is calling: the bearer token of a request, and the role that a route needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leadmagnet.domain.access import Caller, Role, TokenVerifier
from leadmagnet.domain.errors import Forbidden, Unauthorized

#: Trails every refusal: what a caller does next.
_MAKE_ONE = "Make one with: leadmagnet token"

#: In the OpenAPI description; refusals are ours, in problem JSON.
_BEARER = HTTPBearer(auto_error=False, description="A token as `leadmagnet token` prints it.")


@dataclass(frozen=True, slots=True)
class _AtLeast:
    """Lets callers pass who have at least this role. One dependency, for each costs a thread's turn."""

    role: Role

    def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
    ) -> Caller:
        """The caller; Unauthorized if the request does not say who sends it in a way that holds, Forbidden for less."""
        if credentials is None:
            raise Unauthorized(f"The request needs an 'Authorization: Bearer TOKEN' header. {_MAKE_ONE}")
        verifier: TokenVerifier = request.app.state.parts.tokens
        caller = verifier.verify(credentials.credentials)
        if not caller.role.includes(self.role):
            raise Forbidden(
                f"This needs the role {self.role}, and the token has {caller.role}. {_MAKE_ONE} --role {self.role}"
            )
        return caller


#: Declare an endpoint's need of a caller who may read, run jobs, or change workflows.
Viewer = Annotated[Caller, Depends(_AtLeast(Role.VIEWER))]
Operator = Annotated[Caller, Depends(_AtLeast(Role.OPERATOR))]
Admin = Annotated[Caller, Depends(_AtLeast(Role.ADMIN))]
