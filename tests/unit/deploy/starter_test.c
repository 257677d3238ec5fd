/* The first files: the starters that are embedded, and a folder of the host's. */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/deploy/template_case.h"

enum { ARENA_CAP = 64 * 1024 * 1024, PATH_SIZE = 512 };

static struct template_case c;

struct world {
    struct arena arena;
    struct repository_file *files;
    size_t count;
    struct err err;
    char dir[64];
};

/* Its bytes are SV_NONE when there is no such file. */
static struct repository_file file_of(const struct world *w, const char *path)
{
    for (size_t i = 0; i < w->count; i++) {
        if (sv_eq(w->files[i].path, sv_of(path)))
            return w->files[i];
    }
    return (struct repository_file){0};
}

static bool has_file(const struct world *w, const char *path)
{
    return file_of(w, path).path.len > 0;
}

static bool is_sorted(const struct world *w)
{
    for (size_t i = 1; i < w->count; i++) {
        if (sv_cmp(w->files[i - 1].path, w->files[i].path) >= 0)
            return false;
    }
    return w->count > 0;
}

static void test_every_starter_is_whole_and_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < STARTER_COUNT; i++) {
        struct world w = {0};

        case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 3);
        c.definition.starter = (enum starter)i;
        arena_init(&w.arena, ARENA_CAP);
        REQUIRE_OK(starter_files(&c.blueprint, &w.arena, &w.files, &w.count, &w.err), &w.err);
        CHECK_TRUE(is_sorted(&w));
        CHECK_TRUE(has_file(&w, "README.md"));
        CHECK_TRUE(has_file(&w, "buildspec.yml"));
        CHECK_TRUE(has_file(&w, "ddk.json"));
        arena_release(&w.arena);
    }
}

static void test_the_cdk_starter_deploys_without_asking(void **state)
{
    struct world w = {0};

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    arena_init(&w.arena, ARENA_CAP);
    REQUIRE_OK(starter_files(&c.blueprint, &w.arena, &w.files, &w.count, &w.err), &w.err);
    REQUIRE(has_file(&w, "buildspec.yml"));
    CHECK_TRUE(sv_find(file_of(&w, "buildspec.yml").bytes,
                       SV("      - npx cdk deploy --all --require-approval never --tags "
                          "penstock:pipeline=$PIPELINE_NAME --tags penstock:stage=$STAGE\n")) > 0);
    CHECK_TRUE(has_file(&w, ".gitignore"));
    CHECK_TRUE(has_file(&w, "package-lock.json"));
    CHECK_TRUE(has_file(&w, "tests/test_stack.py"));
    arena_release(&w.arena);
}

static void test_the_cloudformation_starter_has_values_for_each_stage(void **state)
{
    struct world w = {0};

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    c.definition.starter = STARTER_CLOUDFORMATION;
    arena_init(&w.arena, ARENA_CAP);
    REQUIRE_OK(starter_files(&c.blueprint, &w.arena, &w.files, &w.count, &w.err), &w.err);
    CHECK_TRUE(has_file(&w, "parameters/dev.json"));
    CHECK_TRUE(has_file(&w, "parameters/test.json"));
    CHECK_TRUE(has_file(&w, "parameters/default.json"));
    CHECK_TRUE(!has_file(&w, "parameters/STAGE.json"));
    arena_release(&w.arena);
}

/* ---- a folder ---- */

static void open_world(struct world *w)
{
    *w = (struct world){0};
    snprintf(w->dir, sizeof w->dir, "/tmp/penstock-starter-XXXXXX");
    REQUIRE(mkdtemp(w->dir) != NULL);
    arena_init(&w->arena, ARENA_CAP);
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
}

static void path_in(const struct world *w, const char *name, char out[PATH_SIZE])
{
    REQUIRE(snprintf(out, PATH_SIZE, "%s/%s", w->dir, name) < PATH_SIZE);
}

static void put_file(const struct world *w, const char *name, struct sv bytes, mode_t mode)
{
    char path[PATH_SIZE];
    int fd;

    path_in(w, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(fd);
}

static void put_dir(const struct world *w, const char *name)
{
    char path[PATH_SIZE];

    path_in(w, name, path);
    REQUIRE(mkdir(path, 0700) == 0);
}

static enum err_code read_dir(struct world *w)
{
    return starter_from_dir(&c.blueprint, w->dir, &w->arena, &w->files, &w->count, &w->err);
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static void close_world(struct world *w)
{
    (void)nftw(w->dir, take_away, 8, FTW_DEPTH | FTW_PHYS);
    arena_release(&w->arena);
}

static void expect_refusal(struct world *w, enum err_code code, const char *part)
{
    CHECK_INT(read_dir(w), code);
    if (strstr(w->err.text, part) == NULL)
        print_error("\"%s\" lacks \"%s\"\n", w->err.text, part);
    CHECK_TRUE(strstr(w->err.text, part) != NULL);
    close_world(w);
}

static void test_a_folder_is_taken_whole(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_dir(&w, "src");
    put_dir(&w, ".git");
    put_file(&w, "src/run.sh", SV("#!/bin/sh\n"), 0755);
    put_file(&w, "src/data.bin", sv_make("a\0b\xFF", 4), 0644);
    put_file(&w, ".git/config", SV("secret"), 0644);
    put_file(&w, ".gitignore", SV("x\n"), 0644);
    put_file(&w, "ddk.json", SV("{\"mine\":1}"), 0644);
    REQUIRE_OK(read_dir(&w), &w.err);
    CHECK_TRUE(is_sorted(&w));
    CHECK_INT(w.count, 5); /* and the buildspec, and our own ddk.json */
    CHECK_TRUE(file_of(&w, "src/run.sh").is_executable);
    CHECK_TRUE(!file_of(&w, "src/data.bin").is_executable);
    CHECK_SV(file_of(&w, "src/data.bin").bytes, sv_make("a\0b\xFF", 4));
    CHECK_TRUE(sv_find(file_of(&w, "ddk.json").bytes, SV("environments")) > 0);
    CHECK_TRUE(sv_find(file_of(&w, "buildspec.yml").bytes, SV("cdk deploy")) > 0);
    close_world(&w);
}

static void test_its_own_buildspec_stays(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    put_file(&w, "buildspec.yml", SV("version: 0.2\n"), 0644);
    REQUIRE_OK(read_dir(&w), &w.err);
    CHECK_SV(file_of(&w, "buildspec.yml").bytes, SV("version: 0.2\n"));
    close_world(&w);
}

static void test_links_are_refused_by_name(void **state)
{
    char path[PATH_SIZE];
    struct world w;

    (void)state;
    open_world(&w);
    put_dir(&w, "src");
    path_in(&w, "src/passwd", path);
    REQUIRE(symlink("/etc/passwd", path) == 0);
    expect_refusal(&w, ERR_USAGE, "/src/passwd is a symbolic link");
    open_world(&w);
    path_in(&w, "folder", path);
    REQUIRE(symlink("/etc", path) == 0);
    expect_refusal(&w, ERR_USAGE, "/folder is a symbolic link");
}

static void test_what_is_no_file_is_refused_without_waiting(void **state)
{
    char path[PATH_SIZE];
    struct world w;

    (void)state;
    open_world(&w);
    path_in(&w, "pipe", path);
    REQUIRE(mkfifo(path, 0600) == 0);
    expect_refusal(&w, ERR_USAGE, "/pipe is neither a file nor a folder");
}

static void test_too_much_is_refused_by_name(void **state)
{
    char path[PATH_SIZE];
    struct world w;

    (void)state;
    open_world(&w);
    put_file(&w, "big.csv", SV(""), 0644);
    path_in(&w, "big.csv", path);
    REQUIRE(truncate(path, REPOSITORY_FILE_MAX + 1) == 0);
    expect_refusal(&w, ERR_LIMIT, "/big.csv is larger than 6 MB");
    open_world(&w);
    for (int i = 0; i < 2; i++) {
        char name[16];

        snprintf(name, sizeof name, "%d.csv", i);
        put_file(&w, name, SV(""), 0644);
        path_in(&w, name, path);
        REQUIRE(truncate(path, 4 * 1024 * 1024) == 0);
    }
    expect_refusal(&w, ERR_LIMIT, "larger than 7 MB together");
    open_world(&w);
    for (int i = 0; i <= REPOSITORY_FILES_MAX; i++) {
        char name[16];

        snprintf(name, sizeof name, "%d.csv", i);
        put_file(&w, name, SV("x"), 0644);
    }
    expect_refusal(&w, ERR_LIMIT, "more than 100 files");
}

static void test_names_that_no_repository_takes_are_refused(void **state)
{
    static const char *const names[] = {"a\x1b[31m", "broken\xFF", "back\\slash", "line\nbreak"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct world w;

        open_world(&w);
        put_file(&w, names[i], SV("x"), 0644);
        expect_refusal(&w, ERR_USAGE, "characters in its name");
    }
}

static void test_a_folder_that_is_none_is_told(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    REQUIRE(rmdir(w.dir) == 0);
    expect_refusal(&w, ERR_USAGE, "cannot open the folder");
}

static void test_every_allocation_may_fail(void **state)
{
    struct world w;
    long total;

    (void)state;
    open_world(&w);
    put_file(&w, "a.txt", SV("x"), 0644);
    REQUIRE_OK(read_dir(&w), &w.err);
    arena_release(&w.arena);
    mem_fail_at(0);
    REQUIRE_OK(read_dir(&w), &w.err);
    total = mem_count();
    for (long n = 1; n <= total; n++) {
        enum err_code rc;

        arena_release(&w.arena);
        mem_fail_at(n);
        rc = read_dir(&w);
        mem_fail_at(0);
        CHECK_INT(rc, ERR_LIMIT);
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_starter_is_whole_and_in_order),
        TEST(test_the_cdk_starter_deploys_without_asking),
        TEST(test_the_cloudformation_starter_has_values_for_each_stage),
        TEST(test_a_folder_is_taken_whole),
        TEST(test_its_own_buildspec_stays),
        TEST(test_links_are_refused_by_name),
        TEST(test_what_is_no_file_is_refused_without_waiting),
        TEST(test_too_much_is_refused_by_name),
        TEST(test_names_that_no_repository_takes_are_refused),
        TEST(test_a_folder_that_is_none_is_told),
        TEST(test_every_allocation_may_fail),
    };

    return RUN(tests);
}
