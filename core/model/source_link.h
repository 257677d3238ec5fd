/* Links to where a source is kept outside AWS: a commit's page, and the page of the pull request
 * that a merge commit's message names. Only what is known makes a link: AWS tells of a connection
 * who provides it, but not on which host one of somebody's own is. Pure. */
#ifndef PENSTOCK_MODEL_SOURCE_LINK_H
#define PENSTOCK_MODEL_SOURCE_LINK_H

#include "core/base/text.h"

/* What AWS gives as the link of a connection's revision is a page of its console that leads on:
 * ".../codesuite/settings/connections/redirect?...&FullRepositoryId=acme/app&Commit=a1b2c3". With
 * the connection's provider ("GitHub", "GitLab", "Bitbucket") the commit's own page; nothing is
 * added when the link is of another kind or the host is not known. */
enum err_code source_link_commit(struct sv url, struct sv provider, struct sb *out,
                                 struct err *err) MUST_CHECK;

/* The pull request (GitLab: merge request) whose merge this message tells of, "" = none:
 * "Merge pull request #7 from ...", "fix it (#7)", "Merged in x (pull request #7)", "See merge
 * request acme/app!7". */
struct sv source_link_request(struct sv message);
/* Its page, beside this page of a commit; nothing is added when either is not known. */
enum err_code source_link_request_page(struct sv commit_url, struct sv request, struct sb *out,
                                       struct err *err) MUST_CHECK;

#endif
