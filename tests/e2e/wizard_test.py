"""The wizard on a terminal, against the sandbox: a pipeline from nothing to green by keys alone,
its draft over a kill -9, changed, and taken away again."""

import os
import signal

import console
import estate


class WizardTest(estate.Story, console.Story):
    def go(self, shown, *words):
        """Keys one after the other; a word may be a key's name."""
        for word in words:
            shown.press(console.key_bytes(word))

    def on_page(self, shown, title):
        shown.wait_for(f" {title}]")

    def open_(self):
        shown = self.open(self.home_)
        shown.wait_for(console.HINTS)
        return shown

    def describe(self, shown):
        """To the review: orders, trunk, dev and prod."""
        self.go(shown, "C")
        self.on_page(shown, "Details")
        self.go(shown, "orders", "Tab", "all orders", "PgDn")
        shown.wait_for("< tools  111111111111 eu-west-1 >")
        self.go(shown, "PgDn")
        shown.wait_for("no environments yet")
        self.go(shown, "PgDn", "a")
        shown.wait_for("type to filter")
        self.go(shown, "dev", "Enter")
        shown.wait_for("222222222222")
        self.go(shown, "a", "prod", "Enter")
        shown.wait_for("444444444444")
        self.go(shown, "PgDn")
        shown.wait_for("Use it if it exists")
        self.go(shown, "Down", "Down", "Down", "Right", "PgDn")
        shown.wait_for("Make the plan")

    def agree(self, shown, word=None):
        """To the plan, once it is there; the job is then watched to its end."""
        shown.wait_for("Planned:", deadline_s=60)
        self.go(shown, "A")
        shown.wait_for("y  ")
        if word:
            self.go(shown, word, "Tab")
        self.go(shown, "y")
        shown.wait_for("Done in", deadline_s=120)

    @property
    def folder(self):
        return self.home_.dir / "home" / ".local" / "share" / "penstock" / "drafts"

    def drafts(self):
        return sorted(p.name for p in self.folder.glob("*.json"))

    def draft(self, name):
        return (self.folder / f"{name}.json").read_text()

    def test_from_nothing_to_green_changed_and_gone(self):
        self.begin()
        before = self.inventory()
        shown = self.open_()
        self.describe(shown)
        self.assertEqual(self.drafts(), ["orders.json"])
        self.go(shown, "P")
        self.agree(shown, "orders")  # it deploys to prod
        self.assertEqual(self.statuses("orders")["Deploy-Stage-dev"], "Succeeded")
        self.go(shown, "q")
        shown.wait_for("its draft deleted")
        self.assertEqual(self.drafts(), [])

        self.say(shown, "edit orders")
        shown.wait_for("Name: orders  (cannot be changed)")
        self.go(shown, "PgDn", "PgDn", "PgDn", "a")
        shown.wait_for("type to filter")
        self.go(shown, "test", "Enter")
        shown.wait_for("333333333333")
        self.go(shown, "K", "PgDn", "PgDn")
        shown.wait_for("test added as 2")
        self.go(shown, "P")
        self.agree(shown, "orders")  # it deploys to prod
        self.assertEqual([name for name in self.statuses("orders") if "Deploy" in name],
                         ["Deploy-Stage-dev", "Deploy-Stage-test", "Deploy-Stage-prod"])

        self.say(shown, "delete orders")
        shown.wait_for("Delete the pipeline orders")
        self.go(shown, "Right")
        shown.wait_for("delete it, with all its branches")
        self.go(shown, "P")
        self.agree(shown, "orders")
        left = {r for r in self.inventory() - before if r[0] not in estate.SCHEDULED}
        self.assertEqual(left, set())
        self.leave(shown)

    def test_a_draft_outlives_a_killed_console(self):
        self.begin(environments=("dev",))
        shown = self.open_()
        self.go(shown, "C")
        self.on_page(shown, "Details")
        self.go(shown, "sales", "Tab", "what was sold", "Tab")
        shown.wait_until(lambda _: self.drafts() == ["sales.json"], what="the draft")
        shown.wait_until(lambda _: "what was sold" in self.draft("sales"), what="the description")
        os.kill(shown.pid, signal.SIGKILL)
        shown.wait()
        shown = self.open_()
        self.go(shown, "C")
        shown.wait_for("sales, a draft")
        self.go(shown, "Enter")
        shown.wait_for("what was sold")
        self.go(shown, "Esc")
        shown.wait_for("Home")
        self.leave(shown)


if __name__ == "__main__":
    estate.main()
