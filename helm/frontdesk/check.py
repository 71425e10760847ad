"""Lints, renders and validates the chart without a cluster.

    python3 -m pip install helm-python-sdk==0.2.2 kubernetes-validate==1.37.0 PyYAML
    python3 helm/frontdesk/check.py
"""

import pathlib
import re
import sys
import tomllib

import helm_python
import kubernetes_validate
import yaml

CHART = pathlib.Path(__file__).resolve().parent
SERVICES = CHART.parent.parent / "services"
KUBERNETES = ["1.30", "1.34", "1.37"]
# Kinds of operators: their schemas are not Kubernetes' own.
CUSTOM = {"ServiceMonitor", "PrometheusRule"}

problems = []


def check(condition, problem):
    if not condition:
        problems.append(problem)


def documents(rendered):
    for path, text in rendered.items():
        if path.endswith(".yaml"):
            for document in yaml.safe_load_all(text):
                if document:
                    yield path, document


def valid(name, path, document):
    kind = document["kind"]
    if kind in CUSTOM:
        return
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{name}: {path}: {kind} for {version}: {error.message}")


def pods(document):
    if document["kind"] in ("Deployment", "Job"):
        yield document["spec"]["template"]["spec"]


def restricted(name, pod):
    security = pod["securityContext"]
    check(security["runAsNonRoot"] and security["seccompProfile"]["type"] == "RuntimeDefault", f"{name}: pod security")
    check(pod["automountServiceAccountToken"] is False, f"{name}: a token is mounted")
    for container in pod["containers"]:
        security = container["securityContext"]
        closed = not security["allowPrivilegeEscalation"] and security["readOnlyRootFilesystem"]
        check(closed and security["capabilities"] == {"drop": ["ALL"]}, f"{name}: container security")
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        check(mounted == {volume["name"] for volume in pod["volumes"]}, f"{name}: volumes and mounts differ")


def known_settings():
    """Every variable the programs know, from their own defaults."""
    places = [*SERVICES.glob("*/defaults.toml"), *SERVICES.parent.glob("libs/*/defaults.toml")]
    places.append(SERVICES.parent / "libs/settings/src/shared.toml")
    names = {"FRONTDESK_CONFIG"}
    for place in places:
        for section, keys in tomllib.loads(place.read_text()).items():
            if isinstance(keys, dict):
                names |= {f"FRONTDESK_{section}__{key}".upper() for key in keys}
    return names


def same_ports(name, document, defaults):
    """A program's ports are those of its own defaults: what the documentation says holds in the cluster too."""
    container = document["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    meant = {key: int(str(defaults[key]).rsplit(":", 1)[1]) for key in ("http", "grpc", "admin") if key in defaults}
    check(ports == meant, f"{name}: {container['name']} has ports {ports}, its defaults say {meant}")


def documented():
    """Each value has a comment, and the README names it."""
    readme = (CHART / "README.md").read_text()
    lines = (CHART / "values.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        match = re.match(r"^ *([A-Za-z]+): *\S", line)
        if match and len(line) - len(line.lstrip()) < 4 and not re.match(r"^  [a-z]+: \{enabled", line):
            above = lines[number - 1].strip()
            check(above.startswith("#"), f"values.yaml:{number + 1}: {match[1]} has no comment")
    for key in yaml.safe_load("\n".join(lines)):
        check(f"`{key}" in readme, f"README.md does not mention {key}")


def main():
    settings = known_settings()
    chart = helm_python.Chart.load(str(CHART))
    # Linted with its own values a chart lacks what it requires, which is meant.
    for finding in helm_python.lint(str(CHART), strict=False)["messages"]:
        check(finding["severity"] < 3, f"lint: {finding}")
    for path in sorted((CHART / "ci").glob("*-values.yaml")):
        name = path.stem
        values = yaml.safe_load(path.read_text())
        rendered = chart.render(values, name="frontdesk", namespace="frontdesk")
        names = set()
        for template, document in documents(rendered):
            identity = (document["kind"], document["metadata"]["name"])
            check(identity not in names, f"{name}: {identity} twice")
            names.add(identity)
            valid(name, template, document)
            for pod in pods(document):
                restricted(f"{name}: {identity}", pod)
                for variable in pod["containers"][0]["env"]:
                    given = variable["name"]
                    ours = not given.startswith("FRONTDESK_") or {given, given.removesuffix("_FILE")} & settings
                    check(ours, f"{name}: {identity}: no program knows {variable['name']}")
            if document["kind"] == "Deployment":
                service = document["metadata"]["labels"]["app.kubernetes.io/component"]
                defaults = tomllib.loads((SERVICES / service / "defaults.toml").read_text())[service]
                same_ports(name, document, defaults)
        print(f"{name}: {len(names)} objects")
    try:
        chart.render({"imagee": {}}, name="frontdesk", namespace="frontdesk")
        problems.append("a misspelt value is accepted")
    except Exception:
        pass
    documented()
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    sys.exit(bool(problems))


main()
