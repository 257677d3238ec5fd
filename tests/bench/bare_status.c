/* bare_status DATABASE SQL: run the SELECT and print its rows, one line each, with tabs: the least
 * that a program which answers from SQLite can do. What penstock's cached status is measured by. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUFFER_SIZE = 65536 };

static int fail(sqlite3 *db)
{
    fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    sqlite3_close(db);
    return EXIT_FAILURE;
}

static void print_row(sqlite3_stmt *st, int columns)
{
    for (int i = 0; i < columns; i++) {
        const void *text = sqlite3_column_text(st, i);

        fwrite(text, 1, (size_t)sqlite3_column_bytes(st, i), stdout);
        putc_unlocked('\t', stdout);
    }
    putc_unlocked('\n', stdout);
}

int main(int argc, char **argv)
{
    static char buffer[BUFFER_SIZE];
    sqlite3_stmt *st;
    sqlite3 *db;
    int columns;
    int rc;

    if (argc != 3)
        return EXIT_FAILURE;
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, argv[2], -1, &st, NULL) != SQLITE_OK)
        return fail(db);
    columns = sqlite3_column_count(st);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        print_row(st, columns);
    if (rc != SQLITE_DONE)
        return fail(db);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return EXIT_SUCCESS;
}
