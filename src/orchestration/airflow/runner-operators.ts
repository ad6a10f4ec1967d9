/** Where the commands of a DAG run. The command is the same everywhere; the operator differs. */
export const airflowRunners = ["local", "docker", "ecs", "kubernetes"] as const;
export type AirflowRunner = (typeof airflowRunners)[number];

export interface RunnerOperator {
  /** What else the file imports, in Python's usual groups. */
  readonly standardImports: readonly string[];
  readonly sdkNames: readonly string[];
  readonly providerImports: readonly string[];
  /** What the installation must provide. */
  readonly needs: readonly string[];
  /** The class `FfeCommand`. */
  readonly source: string;
}

const providerKeys = `# Variables of the worker that the container gets, by their names. Their values stand nowhere else.
PASSED_ON = ("ALPHA_VANTAGE_API_KEY", "OANDA_API_TOKEN", "OANDA_ACCOUNT_ID", "FFE_CONFIG", "AWS_REGION")
`;

const image = `"{{ var.value.get('ffe_image', 'finance-feedback-pipelines') }}"`;

const local: RunnerOperator = {
  standardImports: ["import os", "import signal", "import subprocess"],
  sdkNames: ["BaseOperator"],
  providerImports: [],
  needs: [
    "`ffe` on the PATH of the workers. FFE_CONFIG names its configuration, FFE_WORKING_FOLDER the folder to work in.",
  ],
  source: `class FfeCommand(BaseOperator):
    """Runs a command on the worker."""

    def __init__(self, *, argv, asset=None, days_of_month=None, **kwargs):
        super().__init__(**kwargs)
        self.argv = argv
        self.asset = asset
        self.days_of_month = days_of_month
        self.process = None

    def execute(self, context):
        self.process = subprocess.Popen(
            command_of(self, context),
            cwd=os.environ.get("FFE_WORKING_FOLDER"),
            env={"FFE_RETRY_PATIENCE": "0", **os.environ, **environment_of(self, context)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            for line in self.process.stdout:
                self.log.info("%s", line.decode("utf-8", "replace").rstrip())
            exit_code = self.process.wait()
        finally:
            self.on_kill()
        judge(exit_code)
        if exit_code != 0:
            raise AirflowException(f"exit code {exit_code}")

    def on_kill(self):
        """Ends the command with all that it started: by SIGTERM, after 30 seconds by SIGKILL."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
`,
};

const docker: RunnerOperator = {
  standardImports: ["import os", "import re"],
  sdkNames: ["Variable"],
  providerImports: [
    "from airflow.providers.docker.exceptions import DockerContainerFailedException",
    "from airflow.providers.docker.operators.docker import DockerOperator",
    "from docker.types import Mount",
  ],
  needs: [
    "the package apache-airflow-providers-docker, and the Variable ffe_image: an image that has `ffe`.",
    "the Variable ffe_mounts for a lake on a disk: JSON such as " +
      `[{"source": "lake", "target": "/lake", "type": "volume"}].`,
  ],
  source: `${providerKeys}

class FfeCommand(DockerOperator):
    """Runs a command in a container."""

    def __init__(self, *, argv, asset=None, days_of_month=None, **kwargs):
        super().__init__(
            image=${image},
            mount_tmp_dir=False,
            auto_remove="force",
            private_environment={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **kwargs,
        )
        self.argv = argv
        self.asset = asset
        self.days_of_month = days_of_month

    def execute(self, context):
        command = command_of(self, context)
        self.entrypoint, self.command = command[:1], command[1:]
        self.environment = {"FFE_RETRY_PATIENCE": "0", **environment_of(self, context)}
        self.mounts = [Mount(**one) for one in Variable.get("ffe_mounts", default=[], deserialize_json=True)]
        try:
            super().execute(context)
        except DockerContainerFailedException as error:
            found = re.search(r"'StatusCode': (\\d+)", str(error))
            judge(int(found[1]) if found else None)
            raise
`,
};

const ecs: RunnerOperator = {
  standardImports: [],
  sdkNames: ["Variable"],
  providerImports: ["from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator"],
  needs: [
    "the package apache-airflow-providers-amazon, and its connection aws_default.",
    "the Variables ffe_ecs_cluster and ffe_ecs_task_definition, whose container ffe (or that of the Variable ffe_ecs_container) has `ffe` and no entry point of its own. Secrets belong into the task definition.",
    "for Fargate the Variable ffe_ecs_network: JSON such as " +
      `{"awsvpcConfiguration": {"subnets": ["subnet-1"]}}; for logs ffe_ecs_log_group and ffe_ecs_log_prefix.`,
  ],
  source: `class FfeCommand(EcsRunTaskOperator):
    """Runs a command as a task of ECS."""

    def __init__(self, *, argv, asset=None, days_of_month=None, **kwargs):
        super().__init__(
            cluster="{{ var.value.ffe_ecs_cluster }}",
            task_definition="{{ var.value.ffe_ecs_task_definition }}",
            launch_type="{{ var.value.get('ffe_ecs_launch_type', 'FARGATE') }}",
            overrides={},
            deferrable=False,
            **kwargs,
        )
        self.argv = argv
        self.asset = asset
        self.days_of_month = days_of_month

    def execute(self, context):
        container = Variable.get("ffe_ecs_container", default="ffe")
        environment = {"FFE_RETRY_PATIENCE": "0", **environment_of(self, context)}
        self.overrides = {
            "containerOverrides": [
                {
                    "name": container,
                    "command": command_of(self, context),
                    "environment": [{"name": name, "value": value} for name, value in environment.items()],
                }
            ]
        }
        self.network_configuration = Variable.get("ffe_ecs_network", default=None, deserialize_json=True)
        self.awslogs_group = Variable.get("ffe_ecs_log_group", default=None)
        self.awslogs_stream_prefix = Variable.get("ffe_ecs_log_prefix", default=None)
        try:
            super().execute(context)
        except AirflowException:
            judge(self.exit_code_of(container))
            raise

    def exit_code_of(self, name):
        """The exit code of the container of that name, if it ended."""
        if not self.arn:
            return None
        answer = self.client.describe_tasks(cluster=self.cluster, tasks=[self.arn])
        codes = [
            container.get("exitCode")
            for task in answer["tasks"]
            for container in task["containers"]
            if container["name"] == name
        ]
        return codes[0] if codes else None
`,
};

const kubernetes: RunnerOperator = {
  standardImports: [],
  sdkNames: [],
  providerImports: [
    "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
    "from kubernetes.client import models as k8s",
  ],
  needs: [
    "the package apache-airflow-providers-cncf-kubernetes, the Variable ffe_image (an image that has `ffe`), and ffe_namespace where it is not default.",
    "the Secret ffe in that namespace, whose entries are the variables of the command: keys of providers, FFE_CONFIG.",
  ],
  source: `class FfeCommand(KubernetesPodOperator):
    """Runs a command in a pod."""

    def __init__(self, *, argv, asset=None, days_of_month=None, **kwargs):
        super().__init__(
            name="ffe",
            image=${image},
            namespace="{{ var.value.get('ffe_namespace', 'default') }}",
            env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name="ffe", optional=True))],
            deferrable=False,
            **kwargs,
        )
        self.argv = argv
        self.asset = asset
        self.days_of_month = days_of_month

    def execute(self, context):
        command = command_of(self, context)
        self.cmds, self.arguments = command[:1], command[1:]
        environment = {"FFE_RETRY_PATIENCE": "0", **environment_of(self, context)}
        self.env_vars = [k8s.V1EnvVar(name=name, value=value) for name, value in environment.items()]
        return super().execute(context)

    def cleanup(self, pod, remote_pod, *args, **kwargs):
        try:
            super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowException:
            statuses = remote_pod.status.container_statuses if remote_pod and remote_pod.status else None
            for status in statuses or []:
                if status.name == self.base_container_name and status.state.terminated:
                    judge(status.state.terminated.exit_code)
            raise
`,
};

export const runnerOperators: Readonly<Record<AirflowRunner, RunnerOperator>> = {
  local,
  docker,
  ecs,
  kubernetes,
};
