"""The audit and what is made of it: every write is in it, the refused ones too; what is tampered
with is found; it outlives the cache, a kill, and two penstocks at once; reports and hand-overs."""

import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

import api
import console
import lab

SEED = ("--seed", "demo", "--step")  # nothing moves by itself
TEXTS = ("outcome", "action", "operation", "account", "region", "caller", "target", "sentence",
         "reason", "state_before", "state_after", "request_id", "host", "login", "ssh_client",
         "tty")
GENESIS = "0" * 64


def hash_of(previous, row):
    """As audit.h describes it, written down a second time: each part with its length."""
    parts = ["penstock audit 1", previous, str(row["seq"]), str(row["at_ms"]), str(row["pid"])]
    parts += [row[name] for name in TEXTS]
    data = b"".join(b"%d:%s," % (len(p.encode()), p.encode()) for p in parts)
    return hashlib.sha256(data).hexdigest()


def forget_traces(home):
    """What remembers the last row elsewhere, for who makes up an audit on purpose."""
    (home.data_dir / "audit.lock").write_text("")
    (home.state_dir / "audit.seen").unlink(missing_ok=True)


class Story(lab.Story):
    def setUp(self):
        self.aws = self.sandbox(*SEED)
        self.home_ = self.home(self.aws)

    def run_(self, *args, rc=0, home=None, **more):
        done = (home or self.home_).run(*args, timeout=120, **more)
        self.assert_ended(done, rc)
        return done

    def release(self, name="hr-analytics", *options, rc=0, home=None, **more):
        return self.run_("release", name, "--yes", *options, rc=rc, home=home, **more)

    def outcomes(self, home=None):
        return [(r["outcome"], r["operation"]) for r in (home or self.home_).audit()]

    def verify(self, rc=0, home=None):
        return json.loads(self.run_("audit", "--verify", "--json", rc=rc, home=home).out)

    def tamper(self, *statements, home=None):
        db = sqlite3.connect((home or self.home_).audit_db)
        for name in ("audit_stays", "audit_keeps"):
            db.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()


class Rows(Story):
    def test_a_write_is_there_with_who_from_where_and_what_came_of_it(self):
        self.release(env={"SSH_CLIENT": "203.0.113.9 50022 22"})
        self.assertEqual(self.outcomes(), [
            ("confirmed", ""), ("sent", "StartPipelineExecution"),
            ("done", "StartPipelineExecution"), ("done", "")])
        row = self.home_.audit()[2]
        self.assertTrue(row["caller"].startswith("arn:aws:iam::111111111111:user/"), row)
        self.assertEqual(row["ssh_client"], "203.0.113.9 50022 22")
        self.assertEqual((row["account"], row["region"]), ("111111111111", "eu-west-1"))
        self.assertIn("hr-analytics", row["target"])
        self.assertTrue(row["request_id"])
        client = api.Client(self.aws)
        latest = client.latest("hr-analytics")["pipelineExecutionId"]
        self.assertEqual(row["state_after"], f"execution {latest}")
        self.assertTrue(row["state_before"])

    def test_what_is_refused_is_there_too(self):
        self.release("hr-analytics", "--read-only", rc=2)
        self.home_.set_config("[default]\ncalls_per_second = 0\n[freeze]\n"
                              "always = mon-sun: nobody may\n")
        done = self.home_.run("release", "hr-analytics", "--yes")
        self.assertNotEqual(done.rc, 0, done)
        self.assertIn("nobody may", done.out + done.err)
        self.home_.set_config("[default]\ncalls_per_second = 0\n[freeze]\nnights = 18:00 to 7: x\n")
        done = self.home_.run("release", "hr-analytics", "--yes")
        self.assertNotEqual(done.rc, 0, done)
        self.assertIn("[freeze] nights", done.out + done.err)
        self.assertEqual([c for c in self.aws.calls("StartPipelineExecution")], [])
        rows = self.home_.audit()
        self.assertTrue(rows)
        self.assertEqual({r["outcome"] for r in rows}, {"refused"})
        self.assertTrue(any("read-only" in r["sentence"] for r in rows), rows)

    def test_a_denied_write_is_one_with_awss_words(self):
        home = self.home(self.aws, profile="viewer") if self.has_profile("viewer") else None
        if home is None:
            self.skipTest("the sandbox has no profile that may only look")
        done = home.run("release", "hr-analytics", "--yes")
        self.assertNotEqual(done.rc, 0, done)
        failed = [r for r in home.audit() if r["outcome"] == "denied" and r["operation"]]
        self.assertTrue(failed, home.audit())
        self.assertIn("not authorized", failed[0]["sentence"])

    def has_profile(self, name):
        return f"[profile {name}]" in pathlib.Path(self.aws.config_file).read_text()

    def test_the_hashes_are_those_that_are_described(self):
        self.release()
        previous = GENESIS
        for row in self.home_.audit():
            previous = hash_of(previous, row)
            self.assertEqual(row["hash"], previous)
        head = (self.home_.data_dir / "audit.head").read_text().split()
        self.assertEqual((int(head[0]), head[1]), (len(self.home_.audit()), previous))
        for name in ("audit.db", "audit.head"):
            self.assertEqual((self.home_.data_dir / name).stat().st_mode & 0o777, 0o600)

    def held(self, home, child):
        """The audit's lock, from when the write is on its way."""
        lab.wait_for(lambda: "sent" in [r["outcome"] for r in home.audit()], 20, 0.01,
                     what="the write is on its way")
        lock = open(home.data_dir / "audit.lock", "r+b")  # pylint: disable=consider-using-with
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.assertIsNone(child.poll())
        return lock

    def test_an_outcome_that_cannot_be_written_is_told(self):
        aws = self.sandbox(*SEED, "--latency-ms", "700")
        home = self.home(aws)
        child = home.start("release", "hr-analytics", "--yes")
        lock = self.held(home, child)
        out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 1, lab.text_of(out + err))
        self.assertIn(b"it was done, but the audit log misses how it ended", err)
        lock.close()
        self.assertEqual([r["outcome"] for r in home.audit()], ["confirmed", "sent"])
        verdict = self.verify(home=home)
        self.assertEqual((verdict["whole"], verdict["without_outcome"]), (True, []))
        # A minute later it is named.
        rows, previous = home.audit(), GENESIS
        columns = ["seq", "at_ms", "pid", *TEXTS, "hash"]
        self.tamper("DELETE FROM audit", home=home)
        db = sqlite3.connect(home.audit_db)
        for row in rows:
            row["at_ms"] -= 61_000
            previous = row["hash"] = hash_of(previous, row)
            db.execute(f"INSERT INTO audit({','.join(columns)}) VALUES"
                       f"({','.join('?' * len(columns))})", [row[c] for c in columns])
        db.commit()
        db.close()
        (home.data_dir / "audit.head").write_text(f"{len(rows)} {previous}\n")
        forget_traces(home)
        verdict = self.verify(home=home)
        self.assertEqual((verdict["whole"], verdict["without_outcome"]), (True, [2]))
        self.assertIn("no row tells what became of it: row 2",
                      self.run_("audit", "--verify", home=home).out)

    def test_an_outcome_is_written_as_soon_as_it_can_be(self):
        aws = self.sandbox(*SEED, "--latency-ms", "700")
        home = self.home(aws)
        child = home.start("release", "hr-analytics", "--yes")
        lock = self.held(home, child)
        lab.wait_for(lambda: aws.calls("StartPipelineExecution"), 20, 0.05)
        time.sleep(2)  # longer than the console would wait, shorter than a verb does
        lock.close()
        out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 0, lab.text_of(out + err))
        self.assertEqual([r["outcome"] for r in home.audit()],
                         ["confirmed", "sent", "done", "done"])
        self.assertTrue(self.verify(home=home)["whole"])

    def test_it_is_only_appended_to(self):
        self.release()
        db = sqlite3.connect(self.home_.audit_db)
        for statement in ("UPDATE audit SET reason = 'x'", "DELETE FROM audit"):
            with self.assertRaisesRegex(sqlite3.IntegrityError, "only appended to"):
                db.execute(statement)
        db.close()
        self.assertTrue(self.verify()["whole"])


class Faces(Story):
    def setUp(self):
        super().setUp()
        self.release()
        self.release("hr-analytics", "--read-only", rc=2)

    def test_the_table_has_the_newest_last(self):
        lines = self.run_("audit").out.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertEqual([line.split()[1] for line in lines],
                         ["confirmed", "sent", "done", "done", "refused"])
        self.assertIn("StartPipelineExecution", lines[1])
        self.assertEqual(self.run_("audit", "--limit", "2").out.splitlines(), lines[-2:])
        self.assertEqual(self.run_("audit", "startpipeline").out.splitlines(), lines[:3])
        self.assertEqual(self.run_("audit", "--since", "1h").out.splitlines(), lines)
        self.assertEqual(self.run_("audit", "nothing-like-it").out, "")
        self.assertIn("no time", self.run_("audit", "--since", "soon", rc=2).err)

    def test_json(self):
        done = json.loads(self.run_("audit", "--json").out)
        self.assertEqual(done["schema"], 1)
        self.assertEqual([r["seq"] for r in done["audit"]], [1, 2, 3, 4, 5])
        kept = self.home_.audit()
        for got, row in zip(done["audit"], kept):
            self.assertEqual((got["hash"], got["text"], got["before"], got["after"], got["user"]),
                             (row["hash"], row["sentence"], row["state_before"],
                              row["state_after"], row["login"]))

    def test_export_and_its_verification(self):
        path = self.home_.dir / "export.jsonl"
        self.run_("audit", "--export", path)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        lines = path.read_text().splitlines()
        self.assertEqual(len(lines), 6)
        previous = GENESIS
        for line in lines[:-1]:
            row = json.loads(line)
            self.assertEqual(row["previous"], previous)
            previous = row["hash"]
        self.assertIn("the file is whole: 5 rows", self.run_("audit", "--verify", path).out)
        self.assertIn("is there already", self.run_("audit", "--export", path, rc=2).err)
        self.assertEqual(self.run_("audit", "--export", "-").out, path.read_text())
        for at in range(len(lines)):
            without = lines[:at] + lines[at + 1:]
            path.write_text("\n".join(without) + "\n")
            self.assertIn("BROKEN", self.run_("audit", "--verify", path, rc=1).out)
        path.write_text("\n".join(lines).replace("read-only", "read-write") + "\n")
        done = self.run_("audit", "--verify", path, rc=1)
        self.assertIn("BROKEN at row 5", done.out)


class Tampering(Story):
    def setUp(self):
        super().setUp()
        self.release()

    def test_every_column_that_is_changed_shows(self):
        whole = self.home_.audit_db.read_bytes()
        for column in TEXTS + ("hash",):
            self.tamper(f"UPDATE audit SET {column} = {column} || '.' WHERE seq = 2")
            done = self.run_("audit", "--verify", rc=1)
            self.assertIn("BROKEN at row 2", done.out, column)
            self.home_.audit_db.write_bytes(whole)
        self.assertTrue(self.verify()["whole"])

    def test_removed_rows_show_at_both_ends_and_stay_shown(self):
        whole = self.home_.audit_db.read_bytes()
        # Of rows that were written anew behind a gap only the head's tells that it is another.
        for gone, first, later in (("seq = 1", 1, 1), ("seq = 3", 3, 3), ("seq = 4", 4, 4),
                                   ("seq > 1", 2, 4)):
            self.tamper(f"DELETE FROM audit WHERE {gone}")
            self.assertEqual(self.verify(rc=1)["first_bad_row"], first, gone)
            self.release()  # what is written later does not hide it
            self.assertEqual(self.verify(rc=1)["first_bad_row"], later, gone)
            self.home_.audit_db.write_bytes(whole)
            (self.home_.data_dir / "audit.head").write_text(
                f"4 {self.home_.audit()[-1]['hash']}\n")
            forget_traces(self.home_)
        self.assertTrue(self.verify()["whole"])

    def test_a_row_that_is_made_up_shows(self):
        self.tamper("CREATE TABLE one AS SELECT * FROM audit WHERE seq = 4",
                    "UPDATE audit SET seq = 5 WHERE seq = 4",
                    "INSERT INTO audit SELECT * FROM one", "DROP TABLE one")
        self.assertFalse(self.verify(rc=1)["whole"])

    def test_an_audit_that_is_lost_shows(self):
        self.home_.audit_db.unlink()
        self.release()
        self.assertIn("BROKEN at row 4: audit.head remembers another one",
                      self.run_("audit", "--verify", rc=1).out)

    def test_an_audit_that_was_taken_away_whole_shows(self):
        rows = len(self.home_.audit())
        for each in (self.home_.data_dir).glob("audit.*"):
            each.unlink()
        gone = f"there was an audit here: {rows} rows, its file is gone"
        self.assertEqual(self.run_("audit", "--verify", rc=1).out.strip(), gone)
        self.assertEqual(self.verify(rc=1)["text"], gone)
        self.assertIn(gone, self.run_("audit").err)
        self.release()
        first = self.home_.audit()[0]
        self.assertEqual(first["outcome"], "missing")
        self.assertIn(gone, first["sentence"])
        self.assertIn("begun anew: " + gone, self.run_("audit", "--verify").out)

    def test_another_database_is_not_touched(self):
        self.home_.audit_db.write_bytes(b"not a database" * 100)
        before = len(self.aws.calls("StartPipelineExecution"))
        done = self.release(rc=1)
        self.assertIn("left as it is", done.err)
        self.assertIn("move it", done.err)
        self.assertEqual(len(self.aws.calls("StartPipelineExecution")), before)
        self.assertEqual(self.home_.audit_db.read_bytes(), b"not a database" * 100)
        self.run_("audit", rc=1)
        self.run_("audit", "--verify", rc=1)


class Lasting(Story):
    def test_losing_the_cache_does_not_lose_the_audit(self):
        self.release()
        kept = self.home_.audit()
        shutil.rmtree(self.home_.state_dir)
        self.run_("status")
        self.assertEqual(self.home_.audit(), kept)
        self.release()
        self.assertEqual(self.home_.audit()[:len(kept)], kept)
        self.assertTrue(self.verify()["whole"])

    def test_two_at_once_make_one_chain(self):
        self.run_("status")
        names = ["hr-analytics", "sales-orders", "customer-360", "dmc-release"] * 3
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            ends = list(pool.map(
                lambda n: self.home_.run("release", n, "--yes", timeout=120), names))
        for done in ends:
            self.assertIn(done.rc, (0, 1, 2), done)
        verdict = self.verify()
        self.assertTrue(verdict["whole"], verdict)
        sent = len(self.aws.calls("StartPipelineExecution"))
        rows = self.home_.audit()
        self.assertEqual(sum(r["outcome"] == "sent" for r in rows), sent)
        self.assertEqual([r["seq"] for r in rows], list(range(1, len(rows) + 1)))
        self.assertGreater(len({r["pid"] for r in rows}), 6)

    def test_who_reads_slowly_keeps_nobody_from_writing(self):
        for _ in range(3):
            self.release()
        rows = self.home_.audit()
        db = sqlite3.connect(self.home_.audit_db)
        columns = ["seq", "at_ms", "pid", *TEXTS, "hash"]
        row, previous = dict(rows[-1], sentence="x" * 1000), rows[-1]["hash"]
        for seq in range(len(rows) + 1, 1001):
            row["seq"] = seq
            previous = row["hash"] = hash_of(previous, row)
            db.execute(f"INSERT INTO audit({','.join(columns)}) VALUES"
                       f"({','.join('?' * len(columns))})", [row[c] for c in columns])
        db.commit()
        db.close()
        # A pipe of 64 KiB that nobody reads.
        reader = self.home_.start("audit", "--since", "1h")
        self.assertTrue(reader.stdout.read(1))
        self.release()
        self.assertIsNone(reader.poll())
        self.assertGreaterEqual(len(reader.stdout.read().splitlines()), 1000)
        self.assertEqual(len(self.home_.audit()), 1004)

    def test_killed_in_between_it_stays_whole(self):
        self.run_("status")
        for pause in (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2):
            child = self.home_.start("release", "hr-analytics", "--yes")
            time.sleep(pause)  # a moment is what is tried here, not a state
            child.send_signal(signal.SIGKILL)
            child.communicate(timeout=20)
            self.assertTrue(self.verify()["whole"])
        # Nothing was sent that is not there.
        sent = len(self.aws.calls("StartPipelineExecution"))
        rows = [r for r in self.home_.audit() if r["outcome"] == "sent"]
        self.assertGreaterEqual(len(rows), sent)
        self.release()
        self.assertTrue(self.verify()["whole"])

    def test_a_hundred_thousand_rows_are_verified_in_seconds(self):
        self.release()
        rows = self.home_.audit()
        db = sqlite3.connect(self.home_.audit_db)
        columns = ["seq", "at_ms", "pid", *TEXTS, "hash"]
        row, made = dict(rows[-1]), []
        previous = row["hash"]
        for seq in range(len(rows) + 1, 100_001):
            row["seq"] = seq
            previous = row["hash"] = hash_of(previous, row)
            made.append([row[c] for c in columns])
        db.executemany(f"INSERT INTO audit({','.join(columns)}) VALUES"
                       f"({','.join('?' * len(columns))})", made)
        db.commit()
        db.close()
        (self.home_.data_dir / "audit.head").write_text(f"100000 {previous}\n")
        begun = time.monotonic()
        verdict = self.verify()
        took = time.monotonic() - begun
        self.assertEqual((verdict["whole"], verdict["rows"]), (True, 100_000))
        self.assertLess(took, 60 if "Sanitizer" in self.built_with() else 10)
        self.tamper("UPDATE audit SET pid = pid + 1 WHERE seq = 77777")
        self.assertEqual(self.verify(rc=1)["first_bad_row"], 77777)
        self.assertEqual(len(self.run_("audit").out.splitlines()), 100)

    def built_with(self):
        done = subprocess.run(["grep", "-c", "__asan_init", self.home_.binary],
                              capture_output=True, text=True, check=False)
        return "Sanitizer" if done.stdout.strip() not in ("", "0") else ""


class Consoles(console.Story):
    def test_two_consoles_and_a_verb_share_one_audit(self):
        aws = self.sandbox(*SEED)
        home = self.filled(aws)
        one, two = self.open(home), self.open(home)
        for shown in (one, two):
            shown.wait_for("sales-orders")
            shown.press("u")
            shown.wait_for("Nothing was written to AWS from this host yet")
        self.assert_ended(home.run("release", "hr-analytics", "--yes"), 0)
        for shown in (one, two):
            shown.wait_for("chain whole, 4 rows")
            shown.wait_for("StartPipelineEx")
        one.press("jj\r")
        one.wait_for("Audit row 2")
        one.wait_for("release a change")
        one.press("q")
        db = sqlite3.connect(home.audit_db)
        db.execute("DROP TRIGGER audit_stays")
        db.execute("UPDATE audit SET reason = 'another' WHERE seq = 2")
        db.commit()
        db.close()
        two.press("q")
        two.wait_for("sales-orders")
        two.press("u")
        two.wait_for("BROKEN at row 2")

    def test_an_unlock_is_audited_and_an_incident_is_a_file(self):
        aws = self.sandbox(*SEED)
        home = self.filled(aws)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(home.dir)
        shown = self.open(home)
        shown.wait_for("sales-orders")
        shown.press(":unlock 5 the fix must go out\r")
        lab.wait_for(home.audit, 20, what="the unlock is in the audit")
        row = home.audit()[-1]
        self.assertEqual((row["outcome"], row["reason"]), ("unlocked", "the fix must go out"))
        shown.press(":incident clickstream-ingest\r")
        shown.wait_for(".md")
        found = list((home.data_dir / "incidents").glob("clickstream-ingest-*.md"))
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0].stat().st_mode & 0o777, 0o600)
        self.assertIn("# Incident: clickstream-ingest", found[0].read_text())
        self.assertEqual(list(home.dir.glob("*.md")), [], "where it was started stays as it was")


class Reports(Story):
    def test_an_incident_is_told_as_markdown(self):
        self.release("clickstream-ingest")
        report = self.run_("incident", "clickstream-ingest", "--since", "2d").out
        self.assertTrue(report.startswith("# Incident: clickstream-ingest\n"), report[:80])
        for piece in ("- **Where:** account 111111111111, region eu-west-1\n",
                      "not right again yet", "- **Impact:** Deploy-Stage-prod of clickstream-ingest",
                      "## Timeline", "**started**", "**failed**", "**approved**", "**by hand**",
                      "approved by arn:aws:iam::111111111111:user/", "## Commits"):
            self.assertIn(piece, report)
        times = [line.split()[1] for line in report.partition("## Timeline")[2]
                 .partition("## Commits")[0].splitlines() if line.startswith("- ")]
        self.assertEqual(times, sorted(times))
        self.assert_clean(report)
        done = json.loads(self.run_("incident", "clickstream-ingest", "--since", "2d",
                                    "--json").out)
        self.assertEqual((done["schema"], done["pipeline"]), (1, "clickstream-ingest"))
        self.assertIn("# Incident", done["markdown"])
        self.assertTrue(done["failing"])
        self.assertIsNone(done["recovered_at"])
        self.assertEqual(done["impacts"][0]["environment"], "prod")
        self.assertIn("by hand", [e["kind"] for e in done["events"]])
        self.assertIn("there is no pipeline", self.run_("incident", "nobody", rc=1).err)

    def test_an_incident_needs_no_network(self):
        self.run_("incident", "clickstream-ingest")
        calls = len(self.aws.calls())
        report = self.run_("incident", "clickstream-ingest", "--cached").out
        self.assertIn("**failed**", report)
        self.assertEqual(len(self.aws.calls()), calls)

    def test_the_hand_over_of_a_shift(self):
        self.release("hr-analytics")
        self.home_.set_config("[default]\ncalls_per_second = 0\n[freeze]\n"
                              "books = prod: mon-sun: the books are being closed\n")
        text = self.run_("digest", "--since", "2d").out
        for piece in ("Failing now", "clickstream-ingest", "Waits for a person", "sales-orders",
                      "Released", "Done by hand", "release hr-analytics", "Freezes in force",
                      "the books are being closed"):
            self.assertIn(piece, text)
        done = json.loads(self.run_("digest", "--since", "2d", "--json").out)
        self.assertEqual(done["schema"], 1)
        self.assertIn("clickstream-ingest", [i["subject"] for i in done["failing"]])
        self.assertIn("sales-orders", [i["subject"] for i in done["waiting"]])
        self.assertTrue(all(i["who"] for i in done["released"]))
        self.assertEqual(sum(g["releases"] for g in done["release_groups"]), len(done["released"]))
        self.assertIn(f"Released ({len(done['released'])})", text)
        self.assertTrue(all(i["text"] for i in done["failing"]), done["failing"])
        self.assertEqual([i["subject"] for i in done["by_hand"]], ["release hr-analytics"])
        figures = {(f["pipeline"], f["environment"]): f for f in done["delivery"]}
        prod = figures["hr-analytics", "prod"]
        self.assertGreater(prod["deployments"], 3)
        self.assertIsNotNone(prod["lead_time_s"])
        self.assertLessEqual(prod["deployments"], prod["attempts"])
        self.assertTrue(any(f["lead_time_s"] is None for f in done["delivery"]) or
                        all(f["lead_samples"] >= 3 for f in done["delivery"]))

    def test_what_the_guard_cannot_read_is_said(self):
        self.home_.set_config("[default]\ncalls_per_second = 0\n[freeze]\nbad = never\n")
        text = self.run_("digest").out
        self.assertIn("the config cannot be read", text)
        self.assertIn("[freeze] bad", text)


if __name__ == "__main__":
    lab.main()
