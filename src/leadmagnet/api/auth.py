"""Who is calling: the bearer token of a request, and the role that a route needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leadmagnet.domain.access import Caller, Role, TokenVerifier
from leadmagnet.domain.errors import Forbidden, Unauthorized

#: Trails every refusal: what a caller does next.
_MAKE_ONE = "Make one with: leadmagnet token"

#: In the OpenAPI description; refusals are ours, in problem JSON.
_BEARER = HTTPBearer(auto_error=False, description="A token as `leadmagnet token` prints it.")


def caller_of(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Whoever sends the request; Unauthorized if it does not say so in a way that holds."""
    if credentials is None:
        raise Unauthorized(f"The request needs an 'Authorization: Bearer TOKEN' header. {_MAKE_ONE}")
    verifier: TokenVerifier = request.app.state.parts.tokens
    return verifier.verify(credentials.credentials)


def _require(caller: Caller, role: Role) -> Caller:
    if not caller.role.includes(role):
        raise Forbidden(f"This needs the role {role}, and the token has {caller.role}. {_MAKE_ONE} --role {role}")
    return caller


def viewer(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may read."""
    return _require(caller, Role.VIEWER)


def operator(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may run jobs; Forbidden for a viewer."""
    return _require(caller, Role.OPERATOR)


def admin(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A caller who may change workflows; Forbidden for anybody else."""
    return _require(caller, Role.ADMIN)


#: Declare an endpoint's need of a caller with at least that role.
Viewer = Annotated[Caller, Depends(viewer)]
Operator = Annotated[Caller, Depends(operator)]
Admin = Annotated[Caller, Depends(admin)]
