/* The audit as a file: each changed byte and each moved line shows. */
#include "tests/unit/deploy/audit_stage.h"

static char text[1 << 16];

static struct audit_verdict verify_export(void)
{
    struct audit_verdict verdict;
    struct err err = {0};

    REQUIRE_OK(audit_verify_file(path_of("export"), &verdict, &err), &err);
    return verdict;
}

static size_t export(struct audit_query query)
{
    struct err err = {0};
    int64_t rows = 0;
    FILE *file;
    size_t len;

    unlink(path_of("export"));
    REQUIRE_OK(audit_export(dir, &query, path_of("export"), &rows, &err), &err);
    file = fopen(path_of("export"), "re");
    REQUIRE(file != NULL);
    len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    CHECK_INT(verify_export().bad_seq, 0);
    CHECK_INT(verify_export().rows, rows);
    return len;
}

static void rewrite(struct sv before, struct sv after)
{
    FILE *file = fopen(path_of("export"), "we");

    REQUIRE(file != NULL);
    fwrite(before.ptr, 1, before.len, file);
    fwrite(after.ptr, 1, after.len, file);
    fclose(file);
}

static void test_every_changed_byte_of_an_export_shows(void **state UNUSED)
{
    struct err err = {0};
    int64_t rows;
    size_t len;

    fill(2);
    len = export((struct audit_query){.limit = 0});
    CHECK_INT(audit_export(dir, &(struct audit_query){.limit = 0}, path_of("export"), &rows, &err),
              ERR_USAGE);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];

        text[i] = was == '1' ? '2' : was == 'a' ? 'b' : was == '\n' ? ' ' : '1';
        rewrite(sv_make(text, len), SV(""));
        if (verify_export().bad_seq == 0)
            print_error("byte %zu: %c\n", i, was);
        CHECK_TRUE(verify_export().bad_seq != 0);
        text[i] = was;
    }
    for (size_t i = 0; i < len; i++) {
        rewrite(sv_make(text, i), SV(""));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
    rewrite(sv_make(text, len), SV("{}\n"));
    CHECK_TRUE(verify_export().bad_seq != 0);
}

static void test_lines_of_an_export_that_are_gone_or_moved_show(void **state UNUSED)
{
    struct sv lines[5];
    struct sv rest;

    fill(4);
    export((struct audit_query){.limit = 0});
    rest = sv_of(text);
    for (int i = 0; i < 5; i++) {
        lines[i] = sv_cut(rest, '\n', &rest);
        lines[i].len++;
    }
    for (int i = 0; i < 5; i++) {
        rewrite(sv_make(text, (size_t)(lines[i].ptr - text)), sv_of(lines[i].ptr + lines[i].len));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
    for (int i = 0; i < 3; i++) {
        CLEANUP(sb_release) struct sb swapped;

        sb_init(&swapped, 1 << 16);
        for (int k = 0; k < 5; k++)
            REQUIRE(sb_add(&swapped, lines[k == i ? i + 1 : k == i + 1 ? i : k], NULL) == ERR_OK);
        rewrite(sb_sv(&swapped), SV(""));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
}

static void test_a_filtered_export_verifies_too(void **state UNUSED)
{
    fill(5);
    export((struct audit_query){.filter = SV("row 3")});
    CHECK_INT(verify_export().rows, 1);
    fill(3);
    export((struct audit_query){.filter = SV("row 3")});
    CHECK_STR(verify_export().text, "the file is whole: 2 rows, filtered");
    export((struct audit_query){.filter = SV("nothing")});
    CHECK_INT(verify_export().rows, 0);
    export((struct audit_query){.since_ms = 1});
    CHECK_STR(verify_export().text, "the file is whole: 8 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_every_changed_byte_of_an_export_shows),
        IN_DIR(test_lines_of_an_export_that_are_gone_or_moved_show),
        IN_DIR(test_a_filtered_export_verifies_too),
    };

    return RUN(tests);
}
