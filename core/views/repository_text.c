#include "core/views/repository_text.h"

#include "core/views/age.h"

enum { SHORT_COMMIT = 8, BRANCH_CELLS = 28, APART_CELLS = 10, AUTHOR_CELLS = 16 };

const char *branch_apart(const struct branch_row *row, char out[APART_SIZE])
{
    if (row->ahead < 0 || row->behind < 0)
        out[0] = '\0';
    else if (row->ahead == 0 && row->behind == 0)
        snprintf(out, APART_SIZE, "=");
    else
        snprintf(out, APART_SIZE, "+%lld%s -%lld%s", (long long)row->ahead,
                 row->ahead_is_more ? "+" : "", (long long)row->behind,
                 row->behind_is_more ? "+" : "");
    return out;
}

void branch_feeds(const struct repository_source *sources, size_t count, struct sv repository,
                  struct sv branch, struct sb *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct repository_source *s = &sources[i];

        if (!sv_eq(s->repository, repository) || !sv_eq(s->branch, branch))
            continue;
        if (sb_addf(out, NULL, "%s" SV_FMT "%s" SV_FMT "%s", out->len > 0 ? ", " : "",
                    SV_ARG(s->pipeline.name), s->environments.len > 0 ? " (" : "",
                    SV_ARG(s->environments), s->environments.len > 0 ? ")" : ""))
            return;
    }
}

static void put_branch(const struct repository_page *page, const struct branch_row *row,
                       const struct repository_source *sources, size_t count, struct page *p)
{
    CLEANUP(sb_release) struct sb feeds;
    char apart[APART_SIZE];
    char age[AGE_SIZE];

    sb_init(&feeds, 4096);
    branch_feeds(sources, count, page->repository.name, row->name, &feeds);
    page_cell(p, BRANCH_CELLS, row->name);
    page_cell(p, APART_CELLS,
              sv_eq(row->name, page->repository.default_branch) ? SV("default")
                                                                : sv_of(branch_apart(row, apart)));
    page_cell(p, 6, sv_of(age_text(row->head.at, p->look, age)));
    page_cell(p, SHORT_COMMIT, sv_take(row->head.id, SHORT_COMMIT));
    page_cell(p, AUTHOR_CELLS, row->head.author);
    page_sv(p, commit_title(&row->head));
    if (feeds.len > 0) {
        page_sv(p, SV("  -> "));
        page_sv(p, sb_sv(&feeds));
    }
    page_end_part(p, PAGE_TITLE, 0, row->name.len, BRANCH_CELLS + 1);
}

void branches_write(const struct repository_page *page, const struct repository_source *sources,
                    size_t count, struct page *p)
{
    for (size_t i = 0; i < page->branch_count; i++)
        put_branch(page, &page->branches[i], sources, count, p);
    if (page->branch_count == 0)
        page_line(p, PAGE_DIM, SV("The repository has no branch: nothing was committed yet."));
    if (page->is_cut)
        page_line(p, PAGE_DIM, SV("There are more branches than are shown here."));
}

void sources_write(const struct repository_source *sources, size_t count, struct page *p)
{
    for (size_t i = 0; i < count; i++) {
        const struct repository_source *s = &sources[i];

        page_sv(p, s->pipeline.name);
        page_sv(p, SV("/"));
        page_sv(p, s->action);
        page_f(p, " takes %s", source_words(s));
        if (s->repository.len > 0) {
            page_sv(p, SV(": "));
            page_sv(p, s->repository);
        }
        if (s->branch.len > 0) {
            page_sv(p, SV(", branch "));
            page_sv(p, s->branch);
        }
        page_end(p, PAGE_PLAIN, 2);
        if (s->link.len > 0) {
            page_f(p, "  ");
            page_sv(p, s->link);
            page_end(p, PAGE_DIM, 2);
        }
    }
    if (count == 0)
        page_line(p, PAGE_DIM, SV("The cache knows no source of it (yet): r asks AWS."));
}

static enum page_tone sign_tone(char sign)
{
    return sign == 'A' ? PAGE_GOOD : sign == 'D' ? PAGE_BAD : PAGE_PLAIN;
}

static void put_message(struct sv message, struct page *p)
{
    struct sv rest = message;

    page_blank(p);
    do {
        struct sv line = sv_cut(rest, '\n', &rest);

        page_f(p, "    ");
        page_sv(p, line);
        page_end(p, PAGE_PLAIN, 4);
    } while (rest.ptr != NULL && rest.len > 0);
    page_blank(p);
}

void commit_write_page(const struct commit_page *commit, struct page *p)
{
    const struct commit *c = &commit->commit;
    char at[AGE_SIZE];

    page_pair(p, "Commit", c->id);
    page_f(p, "%-11s", "Author");
    page_sv(p, c->author);
    page_sv(p, c->email.len > 0 ? SV(" <") : SV(""));
    page_sv(p, c->email);
    page_sv(p, c->email.len > 0 ? SV(">") : SV(""));
    page_end_part(p, PAGE_TITLE, 0, strlen("Author"), 11);
    page_pair(p, "Written", sv_of(c->at > 0 ? age_moment(c->at, p->look, at) : ""));
    for (size_t i = 0; i < c->parent_count; i++)
        page_pair(p, "Parent", c->parents[i]);
    put_message(c->message, p);
    page_f(p, "%zu%s file%s%s", commit->file_count, commit->is_cut ? "+" : "",
           commit->file_count == 1 ? "" : "s",
           c->parent_count > 1 ? ", against the first parent" : "");
    page_end(p, PAGE_TITLE, 0);
    for (size_t i = 0; i < commit->file_count; i++) {
        page_f(p, "%c ", commit->files[i].sign);
        page_sv(p, commit->files[i].path);
        page_end(p, sign_tone(commit->files[i].sign), 2);
    }
}
