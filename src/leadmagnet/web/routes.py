"""Every address of the pages, and the role that it needs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from leadmagnet.domain.access import Role
from leadmagnet.web import (
    compare_page,
    compare_step,
    files,
    job_actions,
    job_list,
    job_page,
    new_job,
    provider_sign_in,
    rerun_page,
    sign_in,
    step_page,
    storage_page,
    usage_page,
    workflow_editor,
    workflows_page,
)
from leadmagnet.web.answers import see
from leadmagnet.web.assets import Assets
from leadmagnet.web.guard import Endpoint, guarded

_JOB = "/jobs/{job_id}"
_STEP = f"{_JOB}/steps/{{index}}"
_WORKFLOW = "/workflows/{workflow}"

#: What a signed-in visitor may read.
READS: dict[str, Endpoint] = {
    "/": lambda _: see("/jobs"),
    "/jobs": job_list.show,
    "/live/jobs": job_list.live,
    _JOB: job_page.show,
    f"{_JOB}/failure": job_page.failure,
    f"{_JOB}/deliverable": job_page.deliverable,
    f"{_JOB}/submission": job_page.submission,
    f"{_JOB}/files/{{artifact_id}}": files.show,
    _STEP: job_page.show,
    f"{_STEP}/{{part}}": step_page.download,
    f"/live{_JOB}/head": job_page.live_head,
    f"/live{_JOB}/timeline": job_page.live_timeline,
    f"/live{_JOB}/steps": job_page.live_steps,
    f"/live{_STEP}": step_page.panel,
    f"/live{_STEP}/{{part}}": step_page.value,
    f"{_JOB}/rerun": rerun_page.show,
    f"{_JOB}/compare": compare_page.show,
    f"{_JOB}/compare/{{index}}": compare_step.show,
    "/new": new_job.choose,
    "/new/{workflow}": new_job.show,
    "/workflows": workflows_page.show,
    _WORKFLOW: workflows_page.one,
    f"{_WORKFLOW}/edit": workflow_editor.show,
    "/add-workflow": workflow_editor.show_new,
    "/usage": usage_page.show,
    "/storage": storage_page.show,
}

#: Forms that only those see who may send them.
FORMS = dict.fromkeys((f"{_JOB}/rerun", "/new", "/new/{workflow}"), Role.OPERATOR) | dict.fromkeys(
    (f"{_WORKFLOW}/edit", "/add-workflow"), Role.ADMIN
)

#: What changes something: the role that it needs, and its endpoint.
CHANGES: dict[str, tuple[Role, Endpoint]] = {
    "/new/{workflow}": (Role.OPERATOR, new_job.submit),
    "/jobs": (Role.OPERATOR, job_actions.bulk),
    f"{_JOB}/cancel": (Role.OPERATOR, job_actions.cancel),
    f"{_JOB}/rerun": (Role.OPERATOR, rerun_page.submit),
    f"{_WORKFLOW}/edit": (Role.ADMIN, workflow_editor.save),
    "/add-workflow": (Role.ADMIN, workflow_editor.save_new),
    "/sign-out": (Role.VIEWER, sign_in.sign_out),
}


def routes(assets: Assets) -> list[BaseRoute]:
    """The routes of the app. Those of sign-in and the assets are open to anybody."""

    def static(request: Request) -> Response:
        return assets.answer(request, version=request.path_params["version"], name=request.path_params["name"])

    reads = [
        Route(path, guarded(endpoint, FORMS.get(path, Role.VIEWER)), methods=["GET"])
        for path, endpoint in READS.items()
    ]
    changes = [Route(path, guarded(endpoint, role), methods=["POST"]) for path, (role, endpoint) in CHANGES.items()]
    return [
        Route("/static/{version}/{name}", static),
        Route("/sign-in", sign_in.show, methods=["GET"]),
        Route("/sign-in", sign_in.with_token, methods=["POST"]),
        Route(provider_sign_in.START, provider_sign_in.start, methods=["GET"]),
        Route(provider_sign_in.CALLBACK, provider_sign_in.callback, methods=["GET"]),
        Route("/sign-in/{ticket}", sign_in.with_ticket, methods=["GET"]),
        *reads,
        *changes,
    ]
