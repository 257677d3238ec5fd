/* floor_console DATABASE: the pipelines in one table, with a cursor, from SQLite through ncurses:
 * the least that a console on these two libraries can do. What penstock's is measured by.
 *
 * Only the rows on the screen are in memory; a move past them reads one more, a page reads a page.
 * Keys: j k Down Up ^F PgDn ^B PgUp q. */
#include <curses.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 512, TEXT_SIZE = 160, KEY_CTRL_B = 2, KEY_CTRL_F = 6 };

#define SELECT                                                                                     \
    "SELECT id,name,status,substr(revision,1,8),date(changed_at/1000,'unixepoch'),"                \
    "revision_summary FROM pipeline "
#define START "(SELECT +attention,+name,+id FROM pipeline WHERE id=?1) "

enum way { WAY_START, WAY_AFTER, WAY_BEFORE, WAY_COUNT };
static const char *const selects[] = {
    [WAY_START] = SELECT "ORDER BY attention,name,id LIMIT ?2",
    [WAY_AFTER] = SELECT "WHERE (attention,name,id)>" START "ORDER BY attention,name,id LIMIT ?2",
    [WAY_BEFORE] = SELECT "WHERE (attention,name,id)<" START
                          "ORDER BY attention DESC,name DESC,id DESC LIMIT ?2",
};

struct row {
    sqlite3_int64 id;
    char texts[5][TEXT_SIZE];
};

struct floor {
    sqlite3 *db;
    sqlite3_stmt *statements[WAY_COUNT]; /* prepared at the first need */
    struct row rows[ROWS_MAX];
    int count;
    int cursor;
};

static void end(struct floor *f, const char *why)
{
    if (!isendwin())
        endwin();
    fprintf(stderr, "%s\n", why);
    sqlite3_close_v2(f->db);
    exit(EXIT_FAILURE);
}

/* Up to wanted rows behind (or before) the one with that id into out; how many. */
static int read_rows(struct floor *f, enum way way, sqlite3_int64 id, int wanted, struct row *out)
{
    sqlite3_stmt *st = f->statements[way];
    int count = 0;
    int rc;

    if (st == NULL && sqlite3_prepare_v2(f->db, selects[way], -1, &st, NULL) != SQLITE_OK)
        end(f, sqlite3_errmsg(f->db));
    f->statements[way] = st;
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_int(st, 2, wanted);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        out[count].id = sqlite3_column_int64(st, 0);
        for (int i = 0; i < 5; i++) {
            const char *text = (const char *)sqlite3_column_text(st, i + 1);

            snprintf(out[count].texts[i], TEXT_SIZE, "%s", text == NULL ? "" : text);
        }
        count++;
    }
    if (rc != SQLITE_DONE)
        end(f, sqlite3_errmsg(f->db));
    sqlite3_reset(st);
    return count;
}

static void draw(const struct floor *f)
{
    erase();
    mvaddstr(0, 0,
             "  NAME                              STATUS       COMMIT   CHANGED"
             "    SUMMARY");
    for (int i = 0; i < f->count; i++) {
        const struct row *r = &f->rows[i];

        mvprintw(i + 1, 0, "%c %-33.33s %-12.12s %-8s %-10s %.*s", i == f->cursor ? '>' : ' ',
                 r->texts[0], r->texts[1], r->texts[2], r->texts[3], COLS > 70 ? COLS - 70 : 0,
                 r->texts[4]);
    }
    mvaddstr(LINES - 1, 0, "j k move  ^F ^B page  q leave");
    refresh();
}

static void scroll_down(struct floor *f)
{
    struct row one;

    if (read_rows(f, WAY_AFTER, f->rows[f->count - 1].id, 1, &one) == 0)
        return;
    memmove(f->rows, f->rows + 1, (size_t)(f->count - 1) * sizeof one);
    f->rows[f->count - 1] = one;
}

static void scroll_up(struct floor *f)
{
    struct row one;

    if (read_rows(f, WAY_BEFORE, f->rows[0].id, 1, &one) == 0)
        return;
    memmove(f->rows + 1, f->rows, (size_t)(f->count - 1) * sizeof one);
    f->rows[0] = one;
}

static void page_down(struct floor *f)
{
    static struct row next[ROWS_MAX];
    int count = read_rows(f, WAY_AFTER, f->rows[f->count - 1].id, f->count, next);

    memmove(f->rows, f->rows + count, (size_t)(f->count - count) * sizeof *next);
    memcpy(f->rows + f->count - count, next, (size_t)count * sizeof *next);
}

static void page_up(struct floor *f)
{
    static struct row next[ROWS_MAX];
    int count = read_rows(f, WAY_BEFORE, f->rows[0].id, f->count, next);

    memmove(f->rows + count, f->rows, (size_t)(f->count - count) * sizeof *next);
    for (int i = 0; i < count; i++)
        f->rows[count - 1 - i] = next[i];
}

/* False: leave. */
static bool act(struct floor *f, int key)
{
    switch (key) {
    case 'j':
    case KEY_DOWN:
        if (f->cursor + 1 < f->count)
            f->cursor++;
        else
            scroll_down(f);
        return true;
    case 'k':
    case KEY_UP:
        if (f->cursor > 0)
            f->cursor--;
        else
            scroll_up(f);
        return true;
    case KEY_CTRL_F:
    case KEY_NPAGE:
        page_down(f);
        return true;
    case KEY_CTRL_B:
    case KEY_PPAGE:
        page_up(f);
        return true;
    default: /* any other key does nothing; without a terminal there is none any more */
        return key != 'q' && key != ERR;
    }
}

static void open_screen(void)
{
    setlocale(LC_CTYPE, "");
    initscr();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    idlok(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    curs_set(0);
}

static void open_rows(struct floor *f, const char *path)
{
    if (sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL))
        end(f, sqlite3_errmsg(f->db));
    f->count = read_rows(f, WAY_START, 0, LINES - 2 < ROWS_MAX ? LINES - 2 : ROWS_MAX, f->rows);
    if (f->count == 0)
        end(f, "there is no pipeline to show");
}

int main(int argc, char **argv)
{
    static struct floor f;

    if (argc != 2)
        return EXIT_FAILURE;
    open_screen();
    open_rows(&f, argv[1]);
    do
        draw(&f);
    while (act(&f, getch()));
    endwin();
    for (int i = 0; i < WAY_COUNT; i++)
        sqlite3_finalize(f.statements[i]);
    sqlite3_close(f.db);
    return EXIT_SUCCESS;
}
