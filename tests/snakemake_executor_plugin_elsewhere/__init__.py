"""An executor whose jobs share no disk with the build or each other, as pods of Kubernetes do: each has an empty folder.

The folder is deleted with the job. `ELSEWHERE` names where the folders are made; beside each lies `<folder>.pid`, the process
group of its job, for tests that lose a machine. With `CARRIES` it says that it brings files to jobs itself, as HTCondor does,
so that no bucket is asked for.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import CommonSettings

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=True,
    job_deploy_sources=True,
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
    can_transfer_local_files="CARRIES" in os.environ,
)


class Executor(RemoteExecutor):
    """Runs jobs in folders of their own."""

    def __post_init__(self) -> None:
        self._folder = Path(os.environ["ELSEWHERE"])
        self.next_seconds_between_status_checks = 0.2

    def run_job(self, job: JobExecutorInterface) -> None:
        machine = Path(tempfile.mkdtemp(prefix=f"{job.name}-", dir=self._folder))
        with (self._folder / f"{machine.name}.log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", self.format_job_exec(job)],
                cwd=machine,
                env={**os.environ, **self.envvars()},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (self._folder / f"{machine.name}.pid").write_text(str(process.pid))
        self.report_job_submission(SubmittedJobInfo(job, external_jobid=machine.name, aux={"process": process}))

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncGenerator[SubmittedJobInfo, None]:
        for info in active_jobs:
            if info.aux["process"].poll() is None:
                yield info
                continue
            shutil.rmtree(self._folder / info.external_jobid)
            if info.aux["process"].returncode == 0:
                self.report_job_success(info)
            else:
                self.report_job_error(info)

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        for info in active_jobs:
            os.killpg(info.aux["process"].pid, signal.SIGKILL)
            info.aux["process"].wait()
