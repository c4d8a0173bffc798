"""How plans and findings look in a terminal and in a notebook, on documents, so that nothing of MLRun is needed."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from igz_runtime import Cluster, Waiver, check, profiles
from igz_runtime.k8s.pod import Affinity, PodSettings, Replicas, Requirement, Term, Toleration
from igz_runtime.k8s.spreading import HOST, ZONE, kept_apart
from igz_runtime.messages import printable
from igz_runtime.planning.plan import Plan
from igz_runtime.profiles.profile import Profile
from igz_runtime.report import words
from igz_runtime.report.html import findings_html, plan_html
from igz_runtime.report.plan import plan_content
from igz_runtime.report.text import findings_text, plan_text
from igz_runtime.rules.findings import Finding, Findings, Skipped

ASSUMED = Cluster.iguazio()
UNCONFIGURED = Cluster.from_dict({"mlrun": {}})
LIFECYCLE = "app.iguazio.com/lifecycle"
GROUPS = Cluster.from_dict(
    {
        "environment": "production",
        "mlrun": {
            "node_selector": {LIFECYCLE: "preemptible"},
            "tolerations": [{"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        },
        "node_groups": [
            {"name": "core", "labels": {"pool": "core", LIFECYCLE: "non-preemptible"}, "core": True},
            {"name": "general", "labels": {"pool": "general", LIFECYCLE: "non-preemptible"}},
            {"name": "cheap", "labels": {LIFECYCLE: "preemptible"}, "taints": [{"key": "spot", "value": "true"}]},
        ],
        "priority_classes": ["igz-workload-low", "igz-workload-medium", "igz-workload-high"],
    }
)
WAIVER = Waiver("checkpoints every epoch, resubmitted by cron", until="2999-01-31")
PRODUCTION = profiles.production_job(cpu=4, memory="16Gi")
SERVICE = profiles.production_service(cpu=1, memory="1Gi", sizes={"logs": {"cpu": "100m", "memory": "64Mi"}})
SPOT = profiles.spot_stateless(cpu=1, memory="2Gi")


def job(name: str = "etl", handler: str = "main", **spec: Any) -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": name}, "spec": {"default_handler": handler, **spec}}


def spark() -> dict[str, Any]:
    sizes = {"requests": {"cpu": "1", "memory": "2g"}, "limits": {"cpu": "1"}}
    return {
        "kind": "spark",
        "metadata": {"name": "agg"},
        "spec": {"driver_resources": sizes, "executor_resources": {"requests": {"cpu": "2", "memory": "4g"}}},
    }


def mpijob() -> dict[str, Any]:
    spec = {"resources": {"limits": {"cpu": "4", "memory": "8Gi"}}}
    return {"kind": "mpijob", "metadata": {"name": "distributed"}, "spec": spec}


def application() -> dict[str, Any]:
    sidecars = [{"name": "ui", "image": "ui"}, {"name": "logs", "image": "logs"}]
    spec = {"min_replicas": 1, "max_replicas": 4, "config": {"spec.sidecars": sidecars}}
    return {"kind": "application", "metadata": {"name": "ui"}, "spec": spec}


def refused() -> Plan:
    return SPOT.plan(job("trainer", "train"), ASSUMED)


def before_findings(text: str) -> str:
    """A plan's text down to its findings, which grow with the rules."""
    return re.split(r"\n\n(?:no findings|findings: )", text)[0]


def test_a_plans_repr_says_whether_it_can_be_applied() -> None:
    document = job()
    verdicts = []
    for _ in range(2):
        plan = PRODUCTION.plan(document, ASSUMED)
        verdicts.append(repr(plan).rpartition(", ")[2])
        plan.apply()

    assert verdicts == ["can be applied>", "already applied>"]


def test_a_typical_plan_reads_at_a_glance() -> None:
    document = job(resources={"requests": {"cpu": "25m"}, "limits": {"cpu": "2", "memory": "4Gi"}})

    text = plan_text(PRODUCTION.plan(document, ASSUMED), width=100)

    assert before_findings(text) == (
        "production_job on job 'etl': can be applied\n"
        "proved on Iguazio's defaults\n"
        "assumed: Iguazio's defaults for spot nodes; connect MLRun or pass cluster= to prove it on your own\n"
        "\n"
        "main                before                 after\n"
        "  cpu               request 25m, limit 2   request 4, limit 4\n"
        "  memory            limit 4Gi              request 16Gi, limit 16Gi\n"
        "  affinity          not set                app.iguazio.com/lifecycle NotIn [preemptible]\n"
        "  priority class    not set                igz-workload-high\n"
        "  preemption mode   not set                prevent\n"
        "  annotations       not set                do-not-disrupt=true, safe-to-evict=false\n"
        "\n"
        "  effective pod\n"
        "    QoS class        Guaranteed, as promised\n"
        "    can land on      on-demand nodes only, as promised\n"
        "    priority class   igz-workload-high\n"
        "    node selector    none\n"
        "    affinity         app.iguazio.com/lifecycle NotIn [preemptible]\n"
        "    tolerations      none\n"
        "\n"
        "lifetime: MLRun aborts it after 24h of running (its default); it waits for a node without limit\n"
        "restart: out of memory: the run fails; fn.run(**plan.run_options(retries=3)) retries it"
    )
    assert len(text.splitlines()) <= 28


def test_a_refused_plan_says_what_refuses_why_and_how_to_mend_it() -> None:
    text = plan_text(refused(), width=200)

    assert text.startswith("spot_stateless on job 'trainer': refused by 1 finding\njudged on Iguazio's defaults\n")
    assert "can land on      spot and on-demand nodes\n" in text
    assert "\nfindings: 1 error, 1 warning" in text
    assert "IGZ101 error: stateful (its handler 'train' says training), and its pod can land on spot nodes" in text
    assert "    why   Avoid running any stateful applications" in text
    assert "    fix   keep it on demand with profiles.production_job(…)" in text


def test_where_the_facts_are_the_clusters_own_nothing_is_called_assumed() -> None:
    assert "assumed" not in plan_text(PRODUCTION.plan(job(), GROUPS))
    assert "\nproved on a cluster description (production)\n" in plan_text(PRODUCTION.plan(job(), GROUPS))


def test_a_waived_finding_stays_and_shows_its_reason_instead_of_a_fix() -> None:
    plan = SPOT.replace(waive={"IGZ101": WAIVER}).plan(job("trainer", "train"), ASSUMED)

    text = plan_text(plan, width=200)

    assert "IGZ101 error, waived: stateful" in text
    assert "    waived   checkpoints every epoch, resubmitted by cron (until 2999-01-31)\n" in text
    assert "findings: 1 warning, 1 waived" in text
    assert "keep it on demand" not in text


def test_a_plan_that_is_applied_already_says_so() -> None:
    document = job()
    PRODUCTION.plan(document, ASSUMED).apply()

    text = plan_text(PRODUCTION.plan(document, ASSUMED))

    assert text.startswith("production_job on job 'etl': already applied\n")
    assert "\nmain: no setting changes\n" in text


def test_a_plan_that_changes_the_record_alone_says_so() -> None:
    document = job()
    PRODUCTION.plan(document, ASSUMED).apply()

    text = plan_text(PRODUCTION.replace(waive={"IGZ101": WAIVER}).plan(document, ASSUMED))

    assert text.startswith("production_job on job 'etl': can be applied, and only records the profile\n")


def test_roles_are_shown_each_with_its_own_pod() -> None:
    text = plan_text(SPOT.replace(cpu=None, memory=None).plan(spark(), GROUPS), width=100)

    assert re.findall(r"^(\w+) +before +after$", text, re.MULTILINE) == ["driver", "executor", "step"]
    assert "can land on      node groups general (on-demand), cheap (spot)\n" in text
    assert "can land on      node group general (on-demand), as promised\n" in text
    assert "QoS class        not known: the platform sets this role's resources\n" in text
    assert "  cpu               request 2   request 2, limit 2\n" in text


def test_roles_that_become_the_same_are_shown_once() -> None:
    dask = {"kind": "dask", "metadata": {"name": "d"}, "spec": {}}

    assert "\nscheduler, worker   before " in plan_text(PRODUCTION.plan(dask, ASSUMED))


def test_a_promise_that_the_pod_does_not_keep_is_named_as_such() -> None:
    text = plan_text(SERVICE.plan(application(), GROUPS), width=100)

    assert "QoS class        Burstable, although Guaranteed is promised\n" in text
    assert "  application: cpu      not set " in text
    assert "  logs: memory          not set " in text
    assert "  replicas              1 to 4    2 to 4\n" in text


def test_a_pinned_node_is_not_taken_for_the_promise() -> None:
    text = plan_text(PRODUCTION.plan(job(node_name="node-7"), ASSUMED), width=120)

    assert "node 'node-7' alone, bypassing the scheduler, although only on-demand nodes are promised" in text


def test_node_groups_of_unknown_lifecycle_keep_no_promise() -> None:
    cluster = Cluster.from_dict({"mlrun": {}, "node_groups": [{"name": "pool"}]})

    assert "can land on      node group pool (not known whether spot)\n" in plan_text(PRODUCTION.plan(job(), cluster))


def test_a_pod_that_fits_nowhere_is_said_to_wait() -> None:
    plan = PRODUCTION.plan(job(node_selector={"pool": "gone"}), GROUPS)

    assert "can land on      no node that is known: it would wait for one\n" in plan_text(plan)
    assert 'igz-warning">no node that is known: it would wait for one<' in plan_html(plan)


def test_a_long_list_is_folded_and_its_changes_are_not() -> None:
    many = {f"label-{i:02}": "x" for i in range(30)}
    plan = PRODUCTION.replace(node_group={"zone": "b"}).plan(job(node_selector=many), ASSUMED)

    text, html = plan_text(plan, width=100), plan_html(plan)

    assert re.search(r"^  node selector +label-00=x +zone=b$", text, re.MULTILINE)
    assert re.findall(r"and \d+ more", text) == ["and 20 more", "and 21 more", "and 21 more"]
    assert "label-29" not in text
    assert html.count("<details><summary>and 21 more</summary>") == 2
    assert "label-29=x" in html


def test_text_longer_than_any_name_of_kubernetes_is_cut_and_says_so() -> None:
    text = plan_text(PRODUCTION.plan(job("n" * 5000, node_selector={"k": "v" * 5000}), ASSUMED), width=100)

    assert len(re.findall(r"… \(\d+ characters more\)", text)) == 3
    assert len(text.splitlines()) < 45


def test_findings_are_grouped_by_role_and_end_with_what_they_add_up_to() -> None:
    document = mpijob()
    document["spec"] |= {"preemption_mode": "allow", "priority_class_name": "system-node-critical"}

    text = findings_text(check(document, GROUPS), width=300)

    headings = [line for line in text.splitlines() if line.startswith("mpijob")]
    assert headings[0] == "mpijob 'distributed' (worker, launcher)"
    assert len(headings) == len(set(headings))
    assert re.fullmatch(r"\d+ errors, \d+ warnings?(, \d+ info)?(; .*)?", text.splitlines()[-1])


def test_the_sentence_behind_a_rule_is_shown_once() -> None:
    text = plan_text(PRODUCTION.plan(job(node_selector={"a ": "x", "b ": "x"}), ASSUMED))

    assert text.count("IGZ405 error") == 2
    assert text.count("A label value is empty") == 1


def finding(rule: str, severity: Any, role: str = "main", waived: Waiver | None = None) -> Finding:
    return Finding(rule, severity, f"{rule} found", f"{rule} why", f"{rule} fix", "etl", "job", role, waived)


def test_the_summary_counts_what_stands_what_is_waived_and_what_was_not_checked() -> None:
    findings = Findings(
        [
            finding("IGZ101", "error"),
            finding("IGZ102", "error", waived=WAIVER),
            finding("IGZ103", "warning"),
            finding("IGZ104", "warning"),
            finding("IGZ204", "info"),
        ],
        [Skipped(rule, "etl", "main", "it is not known") for rule in ("IGZ401", "IGZ402", "IGZ403")],
    )

    text = findings_text(findings)

    assert text.startswith("job 'etl' (main)\n  IGZ101 error: IGZ101 found\n    why      IGZ101 why\n")
    assert text.endswith(
        "not checked: IGZ401, IGZ402, IGZ403, because it is not known\n"
        "1 error, 2 warnings, 1 info, 1 waived; 3 rules not checked"
    )
    assert "<strong>1 error, 2 warnings, 1 info, 1 waived; 3 rules not checked</strong>" in findings_html(findings)


def test_where_there_is_nothing_to_say_it_is_said_plainly() -> None:
    assert findings_text(Findings()) == "no findings"
    assert ">no findings<" in findings_html(Findings())


def test_rules_that_were_not_checked_name_the_role_where_others_were() -> None:
    skipped = [
        Skipped("IGZ401", "etl", "driver", "it is not known"),
        Skipped("IGZ401", "etl", "executor", "it is not known"),
        Skipped("IGZ201", "etl", "executor", "it has pipeline parameters"),
    ]

    assert findings_text(Findings([], skipped)) == (
        "not checked:\n"
        "  IGZ401, because it is not known\n"
        "  IGZ201 (executor), because it has pipeline parameters\n"
        "no findings; 2 rules not checked"
    )


def test_what_could_not_be_read_is_shown_as_not_checked() -> None:
    fn = {"kind": "serving", "metadata": {"name": "graph"}, "spec": {"function_refs": [{"name": "x"}]}}
    plan = PRODUCTION.plan(fn, GROUPS)

    for shown in (plan_text(plan), str(check(fn, GROUPS))):
        assert "\n  child function 'x': MLRun keeps only its name" in shown.partition("not checked:")[2]
    assert "child function &#x27;x&#x27;: MLRun keeps only its name" in plan_html(plan).partition("not checked:")[2]


HOSTILE = st.text(
    st.sampled_from("<>&\"'`/=[]:ab \n\r\t\0\x07\x08\x1b\x7f\x85\x9b\u200b\u202e\u2028\ud800\ufeff") | st.characters(),
    max_size=40,
) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        "[bold red]x[/bold red]",
        "[/nothing]",
        ":boom:",
        "\x1b]0;title\x07\x1b[2J",
        "{{inputs.parameters.cpu}}",
    ]
)


def hostile_plan(name: str, text: str) -> Plan:
    document = job(
        name,
        text,
        node_selector={text or "k": text},
        tolerations=[{"key": text, "operator": "Exists"}],
        node_name=text,
        priority_class_name=text,
        preemption_mode=text,
    )
    profile = SPOT.replace(waive={"IGZ101": Waiver(f"because {text}")})
    return profile.plan(document, Cluster.iguazio(source=f"the server {text}"))


@given(name=HOSTILE, text=HOSTILE)
def test_hostile_text_is_harmless_in_a_terminal(name: str, text: str) -> None:
    plan = hostile_plan(name, text)

    shown = plan_text(plan, width=100)

    assert all(line.isprintable() for line in shown.split("\n"))
    headline = plan_text(plan, width=5000).split("\n")[0]
    assert headline.startswith(f"spot_stateless on job {printable(repr(name or '(unnamed)'))}: ")
    assert all(line.isprintable() for line in findings_text(plan.findings, width=100).split("\n"))
    assert shown == plan_text(hostile_plan(name, text), width=100)


@given(name=HOSTILE, text=HOSTILE)
def test_hostile_text_is_harmless_in_a_notebook(name: str, text: str) -> None:
    plan = hostile_plan(name, text)

    for shown in (plan_html(plan), findings_html(plan.findings)):
        page = Page(shown)
        assert page.tags <= ALLOWED_TAGS
        assert page.attributes <= {"class", "scope", "lang"}
        assert page.open == []
        assert all(c.isprintable() or c == "\n" for c in shown)
    assert f" on job {printable(repr(name or '(unnamed)'))}: " in Page(plan_html(plan)).text


ALLOWED_TAGS = {"div", "style", "p", "strong", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "br"}
ALLOWED_TAGS |= {"details", "summary"}


class Page(HTMLParser):
    """A page taken apart: its tags, attributes and text, and the tags that were never closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.headers_without_scope = 0
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.headers_without_scope += tag == "th" and "scope" not in dict(attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(width=st.integers(30, 200), text=st.text(st.characters(), max_size=60) | st.text("界w ", max_size=300))
def test_no_line_is_wider_than_asked(width: int, text: str) -> None:
    plan = hostile_plan(text, text)

    for shown in (plan_text(plan, width=width), findings_text(plan.findings, width=width)):
        assert max(map(cell_len, shown.split("\n"))) <= width


def test_the_text_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    text = str(refused())
    for name, value in (("COLUMNS", "40"), ("FORCE_COLOR", "1"), ("TERM", "dumb"), ("JUPYTER_COLUMNS", "30")):
        monkeypatch.setenv(name, value)

    assert str(refused()) == text
    assert max(map(len, text.splitlines())) <= 100


def test_rich_prints_the_same_in_colour() -> None:
    plan = refused()
    for shown, text in ((plan, plan_text(plan, 90)), (plan.findings, findings_text(plan.findings, 90))):
        console = Console(file=io.StringIO(), width=90, force_terminal=True, color_system="standard")
        with console.capture() as captured:
            console.print(shown)

        coloured = captured.get()
        assert "\x1b[1;31m" in coloured
        plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert [line.rstrip() for line in plain.splitlines()] == text.splitlines()


def test_html_has_headers_for_its_tables_words_for_its_colours_and_nothing_from_outside() -> None:
    html = plan_html(refused())
    page = Page(html)

    assert page.headers_without_scope == 0
    assert html.count("<caption>") == html.count("<table ") == 2
    assert '<span class="igz-badge igz-error">error</span> <strong>IGZ101</strong>' in html
    assert not re.search(r"url\(|@import|https?:|<script|javascript", html)
    style = html.split("<style>")[1].split("</style>")[0]
    selectors = [rule.split("{")[0] for rule in style.split("}") if "{" in rule]
    assert all(one.strip().startswith(".igz-report") for selector in selectors for one in selector.split(","))


@pytest.mark.parametrize("profile", [SPOT, SPOT.replace(waive={"IGZ101": WAIVER}), PRODUCTION])
@pytest.mark.parametrize("cluster", [ASSUMED, UNCONFIGURED, GROUPS])
def test_terminal_and_notebook_say_the_same(profile: Profile, cluster: Cluster) -> None:
    plan = profile.plan(mpijob(), cluster)

    text, page = plan_text(plan, width=1000), Page(plan_html(plan)).text

    for said in strings(plan_content(plan)):
        assert said in text
        assert said in page


def strings(content: object) -> Iterator[str]:
    """Every text of a report's content, the tones aside."""
    if isinstance(content, tuple):
        for name, value in zip(getattr(content, "_fields", ()) or [""] * len(content), content, strict=True):
            if name != "tone":
                yield from strings(value)
    elif isinstance(content, str):
        yield content


def test_a_plan_and_findings_show_themselves() -> None:
    plan = refused()

    assert (str(plan), plan._repr_html_()) == (plan_text(plan), plan_html(plan))
    assert str(plan.findings) == findings_text(plan.findings)
    assert plan.findings._repr_html_() == findings_html(plan.findings)


def test_no_value_of_an_environment_variable_is_shown() -> None:
    value = "only-the-pod-may-know"
    env = [{"name": "PASSWORD", "value": value}]
    document = application()
    document["spec"] |= {"env": env}
    document["spec"]["config"]["spec.sidecars"][1]["env"] = env
    plan = SERVICE.plan(document, GROUPS)

    assert value not in plan_text(plan) + plan_html(plan) + str(check(document, GROUPS))


def test_every_field_of_the_settings_is_shown_when_it_changes() -> None:
    assert {field.attribute for field in words.FIELDS} == set(PodSettings._fields) - {"role", "containers"}


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (None, ()),
        (Affinity(), ()),
        (Affinity(required=()), ("required: an empty list, which no node matches",)),
        (Affinity(required=(Term(),)), ("required: an empty list, which no node matches",)),
        (
            Affinity(required=(Term((Requirement("a", "Exists"), Requirement("b", "In", ("x", "y")))),)),
            ("a Exists", "and b In [x, y]"),
        ),
        (
            Affinity(required=(Term((Requirement("a", "Exists"),)), Term((Requirement("b", "Exists"),)))),
            ("a Exists", "or b Exists"),
        ),
        (Affinity(preferred=({}, {}), pod={"podAntiAffinity": {}}), ("preferred: 2 terms", "podAntiAffinity")),
        (
            kept_apart(None, {"nuclio.io/function-name": "fraud-scorer"}, [HOST, ZONE]),
            ("away from function-name=fraud-scorer by hostname, zone (preferred)",),
        ),
        (
            Affinity(pod={"podAffinity": {REQUIRED: [{"topologyKey": ZONE, "labelSelector": {}}]}}),
            ("beside every pod by zone (required)",),
        ),
    ],
)
def test_affinity_in_words(asked: Affinity | None, lines: tuple[str, ...]) -> None:
    assert words.affinity(asked) == lines


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (Replicas(), ""),
        (Replicas(fixed=0), "0"),
        (Replicas(least=2), "at least 2"),
        (Replicas(most=4), "at most 4"),
        (Replicas(least=0, most=4), "0 to 4"),
    ],
)
def test_replicas_in_words(asked: Replicas, text: str) -> None:
    assert str(asked) == text


def test_a_toleration_for_some_time_says_how_long() -> None:
    assert words.tolerations((Toleration("a", "Exists", None, "NoExecute", 30),)) == ("a Exists:NoExecute for 30 s",)


def test_importing_and_planning_load_no_rich() -> None:
    code = (
        "import sys; from igz_runtime import profiles; "
        "profiles.production_job(cpu=1, memory='1Gi').plan({'kind': 'job', 'metadata': {'name': 'x'}, 'spec': {}}); "
        "sys.exit(any(m == 'rich' or m.startswith(('rich.', 'igz_runtime.report')) for m in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
