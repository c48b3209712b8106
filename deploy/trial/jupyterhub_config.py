"""The trial's hub: anybody may log in, each learner's server is a process with a folder of its own.

The proxy runs beside the hub, as in a cluster, so that the hub can be restarted alone.
"""

import os

from jupyterhub.spawner import SimpleLocalProcessSpawner

work = os.environ["HUB_WORK"]
port, api, hub = (int(number) for number in os.environ["HUB_PORTS"].split())

c = get_config()  # noqa: F821 - JupyterHub gives it
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub}"
c.JupyterHub.db_url = f"sqlite:///{work}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{work}/cookie_secret"
c.JupyterHub.cleanup_servers = False
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.auth_token = os.environ["CONFIGPROXY_AUTH_TOKEN"]

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = f"{work}/homes/{{username}}"
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
# as in a container that has a tenth of a core: a kernel that takes all cores slows its neighbours
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
c.Spawner.environment["HUB_WORK"] = work  # by which the trial finds its processes in the end
