"""A cache that is taken away while the console runs: deleted, replaced, cut short, not writable. It says
so in a sentence or goes on, what AWS says comes back, and nothing crashes."""

import os
import shutil

import console
import history
import lab


class Vanish(console.Story):
    def setUp(self):
        self.world = self.sandbox("--seed", "demo", "--step")
        self.host = self.filled(self.world)
        self.folder = self.host.state_dir
        self.shown = self.open(self.host, rows=24, cols=120)
        self.shown.wait_for("sales-orders", "synced")

    def keys_answer(self):
        """Each screen opens and is left, with rows or with a sentence."""
        for name, title in (("pipelines", "Pipelines"), ("changes", "Changes"), ("help", "Help"),
                            ("messages", "Messages"), ("settings", "Settings")):
            self.say(self.shown, name)
            self.shown.wait_until(lambda _: title in self.shown.line(1), 5, title)
            self.shown.press("H")
            self.on(self.shown, "Home", deadline_s=5)

    def count(self):
        try:
            return len(self.host.rows("SELECT 1 FROM pipeline"))
        except lab.sqlite3.Error:
            return -1

    def check_fills_again(self):
        """It asks AWS for all of it; nobody has to restart anything."""
        self.shown.press("r")
        lab.wait_for(lambda: self.shown.take() is not None and self.count() == 18, 20,
                     what="a cache with all pipelines")
        self.shown.wait_for("sales-orders", "18 in all", "synced")
        self.keys_answer()
        self.leave(self.shown)
        self.assertIsNone(history.check_file(self.host.cache))

    def check_is_told(self):
        """What cannot be mended beneath it is a sentence; the next start mends it."""
        self.shown.press("r")
        self.shown.wait_for("the cache is damaged", "restart penstock")
        self.keys_answer()
        self.leave(self.shown)
        self.shown = self.open(self.host, rows=24, cols=120)
        self.check_fills_again()

    def test_the_file_is_deleted(self):
        for path in self.folder.glob("cache.db*"):
            path.unlink()
        self.check_fills_again()

    def test_the_folder_is_deleted(self):
        shutil.rmtree(self.folder)
        self.check_fills_again()

    def test_the_file_is_replaced_by_another_cache(self):
        other = self.home(self.world)
        self.assert_ended(other.run("sync"), 0)
        new = self.folder / "new"
        shutil.copy(other.cache, new)
        new.rename(self.host.cache)
        self.check_fills_again()

    def test_the_file_is_replaced_by_what_is_none(self):
        new = self.folder / "new"
        new.write_bytes(b"no cache at all\n" * 5000)
        new.chmod(0o600)
        new.rename(self.host.cache)
        self.check_fills_again()
        self.assertTrue(list(self.folder.glob("cache.db.corrupt-*")), "it was not moved aside")

    def test_the_file_is_cut_short(self):
        os.truncate(self.host.cache, 8192)
        self.check_is_told()

    def test_the_file_is_emptied(self):
        os.truncate(self.host.cache, 0)
        os.truncate(self.folder / "cache.db-wal", 0)
        self.check_is_told()


if __name__ == "__main__":
    lab.main()
