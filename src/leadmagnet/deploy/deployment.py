"""From a package to functions that serve it, so that code that does not work never serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from leadmagnet.deploy.code_store import Code, CodeStore
from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.data import Data, Kept
from leadmagnet.deploy.errors import StackStuck
from leadmagnet.deploy.functions import Functions, must_pass
from leadmagnet.deploy.names import ALIAS, CHECK, SERVING, Names
from leadmagnet.deploy.ownership import must_be_ours
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.parameters import Document
from leadmagnet.deploy.stack import Stack, StackState
from leadmagnet.deploy.stack_status import must_be_changeable
from leadmagnet.deploy.taken import Claims
from leadmagnet.deploy.template import Rendered, only, pinned, render

#: Every function's logical name.
LOGICAL = (*SERVING.values(), CHECK)
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
    #: With which the stack was deployed last.
    parameters: Mapping[str, str] = field(default_factory=dict)


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
        commands: Commands,
        tell: Callable[[str], None],
    ) -> None:
        self.names = names
        self.stack = stack
        self.functions = functions
        self.data = data
        self.commands = commands
        self._store = store
        self._claims = claims
        self._tell = tell

    def state(self) -> StackState | None:
        """The stack as it is; None if there is none, NameTaken if it is somebody else's."""
        state = self.stack.state()
        if state is not None and not state.is_new:
            must_be_ours(self.names, state, self.stack.resources())
        return state

    def plan(self) -> Plan:
        """What a deployment would begin with; StackStuck or NameTaken if it could not."""
        state = self.state()
        if state is None or state.is_new:
            kept = tuple(self.data.must_be_ours())
            self._claims.must_be_free()
            return Plan(is_new=True, kept=kept)
        must_be_changeable(self.names.stack, state.status, self.commands)
        self._must_have_its_data(state.status)
        return Plan(is_new=False, kept=(), parameters=state.parameters)

    def deploy(self, wish: Wish) -> Deployed:
        """Bring the wish about; CheckFailed or StackFailed if what was there before goes on serving instead."""
        plan = self.plan()
        wish = wish.over(plan.parameters)
        self._store.prepare()
        new = self._store.put_package(wish.package)
        # A deployment that took up data and got no further has left a stack without functions.
        if plan.is_new or not self.functions.are_there():
            self._take_up(wish, plan.kept)
            changed = self._change(self._rendered(wish, new), wish)
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

    def _must_have_its_data(self, status: str) -> None:
        """StackStuck if the stack is an empty one beside our data: it was to take that up, and could not."""
        if self.functions.are_there():
            return
        has = {each.logical for each in self.stack.resources()}
        left = [each.name for each in self.data.must_be_ours() if each.logical not in has]
        if left:
            raise StackStuck(
                f"The stack {self.names.stack} is in {status} and has no functions, and not the data that is there: "
                f"{', '.join(left)}. Remove the stack with: {self.commands('destroy')} (tables and bucket stay), then "
                "deploy again; a new stack takes them up."
            )

    def _shift(self, wish: Wish, new: Code) -> bool:
        """New code by CodeDeploy, which checks it before it gives it any traffic."""
        self._go_on_from_what_serves(wish.at_once())
        return self._change(self._rendered(wish, new), wish)

    def _replace(self, wish: Wish, new: Code) -> bool:
        """New code where there is no CodeDeploy: see docs/decisions/deployment.md for the order."""
        self._go_on_from_what_serves(wish)
        published = self.stack.release_marks([*SERVING.values()])
        release = self._rendered(wish, new)
        if release.is_published(published):
            changed = self._change(release, wish)
            self._have_on_latest(dict.fromkeys(LOGICAL, new))
            if self.functions.were_moved_back():
                return self._move_forward()
            if changed:
                self._tell("Checking what serves now")
                self._check(ALIAS, so="The stack has changed; deploy the template from before.")
            return changed
        self._tell("Stack: everything, the new code where nobody calls it yet")
        self._change(self._rendered(wish, new, published=published), wish)
        self._have_on_latest(dict.fromkeys(LOGICAL, new))
        self._tell("Checking the new code before it serves")
        self._check("$LATEST", so=_OLD_SERVES)
        self._tell("Stack: the new version")
        return self._change(release, wish)

    def _go_on_from_what_serves(self, wish: Wish) -> None:
        """After a rollback, have CloudFormation know the version that serves.

        It would go back to the one before the rollback if the change that comes failed, and CodeDeploy goes on from
        no other. Lambda publishes the same code and settings again under a new number; nothing else of them changes.
        """
        if not self.functions.were_moved_back():
            return
        live = self.functions.live()
        hashes = {SERVING[role]: version.sha256 for role, version in live.items()} | {CHECK: live["api"].sha256}
        found = {name: self._store.package_of(sha256) for name, sha256 in hashes.items()}
        code = {name: package for name, package in found.items() if package is not None}
        if len(code) < len(found):
            self._tell("What serves was not deployed from here: CloudFormation does not get to know it.")
            return
        self._tell("Stack: the version that was gone back to")
        # CloudFormation compares templates, not functions: what it takes to be there already, it would not put there.
        self._have_on_latest(code)
        configurations = self.functions.configurations()
        versions = {logical: configurations[name] for logical, name in self._physical().items()}
        self._change(render(pinned(wish.document, versions), code=code, parameters=wish.parameters), wish)

    def _move_forward(self) -> bool:
        """Have the newest version serve again: what CloudFormation takes to serve, it would publish no second time."""
        newest = {role: versions[-1].number for role, versions in self.functions.published().items()}
        self._tell("Checking the version that was gone back from, which is what is deployed")
        must_pass(self.functions.check(newest), so=_OLD_SERVES)
        self.functions.move(newest)
        return True

    def _have_on_latest(self, code: Mapping[str, Code]) -> None:
        """Put code on `$LATEST` where there is other code than CloudFormation left: a rollback changes the check's."""
        functions, latest = self._physical(), self.functions.latest_sha256()
        strays = {
            functions[name]: each
            for name, each in code.items()
            if self._store.package_of(latest[functions[name]]) != each
        }
        if strays:
            self._tell("Putting the code on $LATEST, where there is other code")
            self.functions.put_code(strays)

    def _check(self, qualifier: str, *, so: str) -> None:
        must_pass(self.functions.check(dict.fromkeys(SERVING, qualifier)), so=so)

    def _rendered(self, wish: Wish, code: Code, *, published: Mapping[str, str] = MappingProxyType({})) -> Rendered:
        return render(wish.document, code=dict.fromkeys(LOGICAL, code), parameters=wish.parameters, published=published)

    def _change(self, template: Rendered, wish: Wish) -> bool:
        return self.stack.change(self._store.put_template(template.name, template.text), wish.parameters)

    def _physical(self) -> dict[str, str]:
        """The functions' names by their logical names."""
        return {SERVING[role]: name for role, name in self.names.functions.items()} | {CHECK: self.names.check}
