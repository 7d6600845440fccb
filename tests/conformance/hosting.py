"""Starts the stock nginx with the module for a conformance suite: a folder of
its own, one worker, free ports; stops it on SIGTERM or SIGINT."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MODULE = "ngx_http_trestle_module.so"


def module_path():
    named = os.environ.get("TRESTLE_MODULE")
    if named:
        return named
    built = [os.path.join(ROOT, folder, MODULE)
             for folder in ("build", "build/dev")]
    built = [path for path in built if os.path.exists(path)]
    if not built:
        sys.exit("build the module first: make module")
    return max(built, key=os.path.getmtime)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def quoted(text):
    """A word of nginx.conf."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"%s"' % escaped.replace("$", "\\$") if "$" in escaped \
        else '"%s"' % escaped


class Server:
    """One nginx; `http` is the text of its http block."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="trestle-conformance-")
        os.chmod(self.folder, 0o755)
        self.log = os.path.join(self.folder, "error.log")
        self.process = None

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def start(self, http, ports):
        user = "user root;\n" if os.geteuid() == 0 else ""
        conf = self.file("nginx.conf", """%sdaemon off;
worker_processes 1;
load_module %s;
pid %s/nginx.pid;
error_log %s info;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path %s/body;
  proxy_temp_path %s/proxy;
  fastcgi_temp_path %s/fastcgi;
  uwsgi_temp_path %s/uwsgi;
  scgi_temp_path %s/scgi;
  large_client_header_buffers 8 64k;
  client_max_body_size 64m;
%s
}
""" % ((user, module_path(), self.folder, self.log) + (self.folder,) * 5 +
            (http,)))
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", conf, "-e", self.log],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in ports:
            self.wait_for(port)

    def wait_for(self, port):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self.process.poll() is not None:
                with open(self.log, encoding="utf-8") as log:
                    sys.exit("nginx did not start:\n" + log.read()[-3000:])
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("nginx does not listen on port %d" % port)

    def serve(self, ready):
        """Prints the one line and stays until told to stop."""
        stopping = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.append(True))
        print(json.dumps(ready), flush=True)
        while not stopping and self.process.poll() is None:
            signal.pause() if not stopping else None
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
