"""CodeDeploy's side of the check: which version it asks about, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from leadmagnet.domain.errors import Invalid

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A version of a function that is about to get traffic."""

    function: str
    qualifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDeploy:
    """Deployments of Lambda functions (https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html)."""

    client: CodeDeployClient

    def target_of(self, deployment_id: str) -> Target:
        """The version that the deployment shifts traffic to; Invalid if it names none."""
        found = self.client.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        revision: Any = found.get("revision", {})
        text = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
        for resource in _resources(text):
            for described in resource.values():
                properties = described.get("properties", {})
                if described.get("type") == "AWS::Lambda::Function" and "targetversion" in properties:
                    return Target(function=str(properties["name"]), qualifier=str(properties["targetversion"]))
        raise Invalid("The deployment names no version of a function to check.", deployment_id=deployment_id)

    def tell(self, deployment_id: str, execution_id: str, *, ok: bool) -> None:
        """Let the deployment go on, or stop it: traffic stays where it is then."""
        self.client.put_lifecycle_event_hook_execution_status(
            deploymentId=deployment_id,
            lifecycleEventHookExecutionId=execution_id,
            status="Succeeded" if ok else "Failed",
        )


def _resources(text: str) -> list[dict[str, Any]]:
    """What the AppSpec lists; CodeDeploy gives it as JSON or as YAML, which takes JSON too."""
    try:
        found = _lower(yaml.safe_load(text))
    except yaml.YAMLError:
        return []
    resources = found.get("resources", []) if isinstance(found, dict) else []
    return [resource for resource in resources if isinstance(resource, dict)]


def _lower(node: Any) -> Any:  # noqa: ANN401 (any JSON)
    """The same with names in lower case: AWS's own pages write both `TargetVersion` and `targetversion`."""
    if isinstance(node, list):
        return [_lower(each) for each in node]
    return {str(name).lower(): _lower(each) for name, each in node.items()} if isinstance(node, dict) else node
