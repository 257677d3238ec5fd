#include "core/sandbox/seed_files.h"

static const char readme[] =
    "# Data pipeline\n\nLoads, checks and publishes the curated tables.\n\n"
    "    pip install -r requirements.txt\n    cdk deploy --all\n\nOwner: data platform, release "
    "%\n";
static const char app[] = "#!/usr/bin/env python3\nimport aws_cdk as cdk\n\n"
                          "from stacks.orders import OrdersStack\n\napp = cdk.App()\n"
                          "OrdersStack(app, \"orders\", retention_days=%)\napp.synth()\n";
static const char cdk_json[] = "{\n  \"app\": \"python3 app.py\",\n  \"context\": {\n"
                               "    \"@aws-cdk/core:bootstrapQualifier\": \"hnb659fds\",\n"
                               "    \"release\": %\n  }\n}\n";
static const char requirements[] = "aws-cdk-lib==2.%.0\nconstructs>=10.0.0,<11\nboto3\npyarrow\n";
static const char buildspec[] =
    "version: 0.2\nphases:\n  install:\n    commands:\n      - pip install -r requirements.txt\n"
    "  pre_build:\n    commands:\n      - pytest -q tests/unit\n  build:\n    commands:\n"
    "      - npx cdk deploy --all --require-approval never\nenv:\n  variables:\n    RELEASE: "
    "\"%\"\n";
static const char orders[] =
    "from aws_cdk import Duration, Stack\nfrom aws_cdk import aws_glue as glue\n\n\n"
    "class OrdersStack(Stack):\n    def __init__(self, scope, name, retention_days, **more):\n"
    "        super().__init__(scope, name, **more)\n        self.table = self._table()\n"
    "        self._grants()\n\n    def _table(self):\n"
    "        return glue.CfnTable(self, \"CuratedOrders\", partitions=%)\n\n"
    "    def _grants(self):\n        for role in self.readers:\n"
    "            self.table.grant(role, limit=%)\n";
static const char grants[] = "READERS = [\n    \"analysts\",\n    \"finance\",\n]\nVERSION = %\n";
static const char curated[] =
    "-- one row per order, returns netted\nCREATE TABLE curated.orders AS\nSELECT order_id,\n"
    "       customer_key,\n       sum(amount) AS amount,\n       count(*) AS lines\n"
    "FROM raw.orders\nWHERE day >= date_add('day', -%, current_date)\nGROUP BY 1, 2;\n";
static const char returns[] = "SELECT order_id, -amount AS amount\nFROM raw.returns\n"
                              "WHERE reason <> 'test' AND batch >= %;\n";
static const char late[] = "MERGE INTO curated.orders AS t\nUSING raw.late_events AS s\n"
                           "ON t.order_id = s.order_id\n-- at most % days late\n"
                           "WHEN MATCHED THEN UPDATE SET amount = s.amount;\n";
static const char test[] =
    "from tests.data import load\n\n\ndef test_returns_are_counted_once():\n"
    "    orders = load(\"tests/data/orders.parquet\")\n    assert len(orders) == %\n\n\n"
    "def test_keys_are_unique():\n    assert len({o.order_id for o in load()}) == %\n";
static const char daily[] =
    "name: daily\nschedule: cron(% 2 * * ? *)\nsteps:\n  - load\n  - check\n"
    "  - publish\n";
static const char notes[] = "\xc3\x9c"
                            "bersicht\n\nDie Gr\xc3\xb6\xc3\x9f"
                            "e der Lagertabelle (\xe5\x80\x89\xe5\xba\xab) wird t\xc3\xa4glich "
                            "gepr\xc3\xbc"
                            "ft, zuletzt: % Zeilen.\n";
static const char old_notes[] = "To be removed: how it was done before release %.\n";
static const char report[] = "#!/bin/sh\nset -eu\nexec python3 -m tools.report --limit %\n";
static const char ignored[] = "cdk.out/\n.venv/\n__pycache__/\n# %\n";

static const struct file {
    const char *path;
    const char *text; /* each % is a number of the version's */
    enum seed_file_life life;
    bool is_program;
} files[] = {
    {".gitignore", ignored, SEED_FILE_STAYS, false},
    {"README.md", readme, SEED_FILE_STAYS, false},
    {"app.py", app, SEED_FILE_STAYS, false},
    {"buildspec.yml", buildspec, SEED_FILE_STAYS, false},
    {"cdk.json", cdk_json, SEED_FILE_STAYS, false},
    {"docs/notes-before.md", old_notes, SEED_FILE_IS_REMOVED, false},
    {"docs/\xc3\x9c"
     "bersicht.md",
     notes, SEED_FILE_STAYS, false},
    {"jobs/daily.yml", daily, SEED_FILE_STAYS, false},
    {"requirements.txt", requirements, SEED_FILE_STAYS, false},
    {"sql/curated/orders.sql", curated, SEED_FILE_STAYS, false},
    {"sql/curated/returns.sql", returns, SEED_FILE_STAYS, false},
    {"sql/late_events.sql", late, SEED_FILE_IS_ADDED, false},
    {"stacks/grants.py", grants, SEED_FILE_STAYS, false},
    {"stacks/orders.py", orders, SEED_FILE_STAYS, false},
    {"tests/unit/test_orders.py", test, SEED_FILE_STAYS, false},
    {"tools/report.sh", report, SEED_FILE_STAYS, true},
};

size_t seed_files_count(void)
{
    return ARRAY_LEN(files);
}

struct sv seed_file_path(size_t file)
{
    return sv_of(files[file].path);
}

int seed_file_mode(size_t file)
{
    return files[file].is_program ? 0100755 : 0100644;
}

enum seed_file_life seed_file_life(size_t file)
{
    return files[file].life;
}

enum err_code seed_file_text(size_t file, struct uid version, struct sb *out, struct err *err)
{
    struct sv rest = sv_of(files[file].text);
    enum err_code rc = ERR_OK;

    for (uint64_t i = 0; rest.ptr != NULL && !rc; i++) {
        struct sv part = sv_cut(rest, '%', &rest);

        rc = sb_add(out, part, err);
        if (!rc && rest.ptr != NULL)
            rc = sb_addf(out, err, "%d", (int)(hash_mix(version.lo ^ hash_mix(i)) % 10000));
    }
    return rc;
}
