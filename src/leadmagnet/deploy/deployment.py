"""From a package to functions that serve it, so that code that does not work never serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from leadmagnet.deploy.code_store import Code, CodeStore
from leadmagnet.deploy.data import Data, Kept
from leadmagnet.deploy.functions import Functions, must_pass
from leadmagnet.deploy.names import ALIAS, CHECK, SERVING, Names
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.stack import Stack
from leadmagnet.deploy.taken import Claims
from leadmagnet.deploy.template import Document, only, render

_OLD_SERVES = "What served before goes on serving."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be deployed."""

    document: Document
    parameters: Mapping[str, str]
    package: Package

    @property
    def shifts_by_codedeploy(self) -> bool:
        """Whether AWS itself checks new code and shifts the traffic."""
        return self.parameters.get("Canary") == "true"

    def at_once(self) -> Wish:
        """The same without CodeDeploy."""
        return replace(self, parameters={**self.parameters, "Canary": "false"})

    def over(self, before: Mapping[str, str]) -> Wish:
        """The same with the values of `before` for the parameters that it does not name."""
        known = self.document.get("Parameters", {})
        kept = {name: value for name, value in before.items() if name in known}
        return replace(self, parameters=kept | dict(self.parameters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a deployment finds."""

    is_new: bool
    #: Data of an earlier stack that a new one takes up.
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a deployment left."""

    changed: bool
    outputs: Mapping[str, str]


class Deployment:
    """One installation of the service."""

    def __init__(
        self,
        *,
        names: Names,
        stack: Stack,
        functions: Functions,
        store: CodeStore,
        data: Data,
        claims: Claims,
        tell: Callable[[str], None],
    ) -> None:
        self.names = names
        self.stack = stack
        self.functions = functions
        self.data = data
        self._store = store
        self._claims = claims
        self._tell = tell

    def plan(self) -> Plan:
        """What a deployment would begin with; StackStuck or NameTaken if it could not."""
        state = self.stack.ready_state()
        if state is not None and not state.is_new:
            return Plan(is_new=False, kept=())
        kept = tuple(self.data.must_be_ours())
        self._claims.must_be_free()
        return Plan(is_new=True, kept=kept)

    def deploy(self, wish: Wish) -> Deployed:
        """Bring the wish about; CheckFailed or StackFailed if what was there before goes on serving instead."""
        plan = self.plan()
        state = self.stack.state()
        if state is not None and not plan.is_new:
            wish = wish.over(state.parameters)
        self._store.prepare()
        new = self._store.put_package(wish.package)
        # A deployment that took up data and got no further has left a stack without functions.
        if plan.is_new or not self.functions.are_there():
            self._take_up(wish, plan.kept)
            changed = self._change(wish, dict.fromkeys(_LOGICAL, new))
            self._tell("Checking what was deployed")
            self._check(ALIAS, so="The stack is there, but do not use it: put the code right and deploy again.")
        elif wish.shifts_by_codedeploy:
            changed = self._shift(wish, new)
        else:
            changed = self._replace(wish, new)
        after = self.stack.state()
        outputs = {} if after is None else after.outputs
        return Deployed(changed=changed, outputs=outputs)

    def put_check(self, sha256: str) -> None:
        """Have the check function run the code of that hash, if it was deployed from here."""
        code = self._store.package_of(sha256)
        if code is not None:
            self.functions.put_code({self.names.check: code})

    def _take_up(self, wish: Wish, kept: Sequence[Kept]) -> None:
        """Make the stack out of the data that an earlier one left, so that the rest can be added."""
        if kept:
            self._tell("Taking up the data of an earlier deployment: " + ", ".join(each.name for each in kept))
            rendered = only(wish.document, [each.logical for each in kept])
            url = self._store.put_template(rendered.name, rendered.text)
            self.stack.change(url, wish.parameters, imports=[each.to_import() for each in kept])

    def _shift(self, wish: Wish, new: Code) -> bool:
        """New code by CodeDeploy, which refuses to go on from a version that CloudFormation does not know to serve."""
        if self.functions.were_moved_back():
            self._tell("Stack: the code that was gone back to")
            old = self._serving(new)
            self._put_back(old)
            self._change(wish.at_once(), old)
        return self._change(wish, dict.fromkeys(_LOGICAL, new))

    def _replace(self, wish: Wish, new: Code) -> bool:
        """New code where there is no CodeDeploy: see docs/decisions/deployment.md for the order."""
        old = self._serving(new)
        self._put_back(old)
        if set(old.values()) == {new}:
            changed = self._change(wish, old)
            if changed:
                self._tell("Checking what serves now")
                self._check(ALIAS, so="The stack has changed; leadmagnet rollback brings the settings before it back.")
            return changed
        self._tell("Stack: everything but the code")
        self._change(wish, old)
        self._try_out(new, old)
        self._tell("Stack: the new code")
        return self._change(wish, dict.fromkeys(_LOGICAL, new))

    def _put_back(self, old: Mapping[str, Code]) -> None:
        """Have `old` on `$LATEST`: a deployment that was killed left its unchecked code there, a rollback bad code.

        CloudFormation compares templates, not functions: it would publish that code as if it were the old.
        """
        functions, latest = self._physical(), self.functions.latest_sha256()
        strays = {
            functions[name]: code
            for name, code in old.items()
            if self._store.package_of(latest[functions[name]]) not in (code, None)
        }
        if strays:
            self._tell("Putting the code that serves back on $LATEST, where there is other code")
            self.functions.put_code(strays)

    def _try_out(self, new: Code, old: Mapping[str, Code]) -> None:
        """Put the new code beside what serves and check it there; the old code comes back if it fails."""
        functions = self._physical()
        self._tell("Checking the new code before it serves")
        passed = False
        try:
            self.functions.put_code(dict.fromkeys(functions.values(), new))
            self._check("$LATEST", so=_OLD_SERVES)
            passed = True
        finally:
            # Also if AWS did not answer, or somebody pressed Ctrl-C: the next version is made of what is on `$LATEST`.
            if not passed:
                self.functions.put_code({functions[name]: code for name, code in old.items()})

    def _check(self, qualifier: str, *, so: str) -> None:
        must_pass(self.functions.check(dict.fromkeys(SERVING, qualifier)), so=so)

    def _change(self, wish: Wish, code: Mapping[str, Code]) -> bool:
        rendered = render(wish.document, code=code, parameters=wish.parameters)
        return self.stack.change(self._store.put_template(rendered.name, rendered.text), wish.parameters)

    def _serving(self, new: Code) -> dict[str, Code]:
        """The code that serves now, by the functions' logical names; `new` where it cannot be had any more."""
        live = self.functions.live()
        hashes = {SERVING[role]: version.sha256 for role, version in live.items()}
        # The check has no versions, and on its `$LATEST` may be what a broken-off deployment left.
        hashes[CHECK] = live["api"].sha256
        return {name: self._store.package_of(sha256) or new for name, sha256 in hashes.items()}

    def _physical(self) -> dict[str, str]:
        """The functions' names by their logical names."""
        return {SERVING[role]: name for role, name in self.names.functions.items()} | {CHECK: self.names.check}


_LOGICAL = (*SERVING.values(), CHECK)
