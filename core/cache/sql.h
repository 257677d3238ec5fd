/* Every statement of the cache, as one list: a name and its SQL. Bindings are numbered from 1.
 *
 * The pages of the table are not here: page.c makes them from the orders, into the slots behind. */
#ifndef PENSTOCK_CACHE_SQL_H
#define PENSTOCK_CACHE_SQL_H

#include "core/cache/db.h"

/* The columns of struct pipeline_row, in the order that page_row_read expects. */
enum { SQL_ROW_COLUMNS = 22 };
#define SQL_ROW                                                                                    \
    "id,partition,account,region,name,logical,environment,strategy,mode,status,execution_id,"      \
    "started_at,changed_at,revision,revision_summary,trigger_type,stages,cells,waiting,error,"     \
    "trouble,observed_at"

/* The columns of struct execution: in its own table, and in the row of the pipeline it is the
 * latest of. */
#define SQL_EXECUTION                                                                              \
    "id,status,status_summary,started_at,updated_at,revision,revision_summary,revision_url,"       \
    "trigger_type,trigger_detail,stop_reason,mode,is_rollback,rollback_target"
#define SQL_LATEST                                                                                 \
    "execution_id,execution_status,status_summary,started_at,changed_at,revision,"                 \
    "revision_summary,revision_url,trigger_type,trigger_detail,stop_reason,execution_mode,"        \
    "is_rollback,rollback_target"
#define SQL_RUN                                                                                    \
    "execution,stage,name,category,provider,execution_id,summary,error_code,error_message,"        \
    "external_id,external_url,updated_by,revision_id,url,status,changed_at,started_at"
#define SQL_TRANSITION                                                                             \
    "t.seq,s.partition,s.account,s.region,s.name,t.kind,t.stage,t.action,t.execution_id,"          \
    "t.from_status,t.to_status,t.at,t.observed_at,t.summary"
#define SQL_HISTORY                                                                                \
    " FROM transition t CROSS JOIN subject s ON s.id=t.subject"                                    \
    " WHERE t.seq>?1 AND t.seq<?2 AND t.observed_at>=?3"

#define SQL_ENVIRONMENT                                                                            \
    "partition,account,region,name,kind,target_account,target_region,way,stage,team,bootstrap,"    \
    "json,version,read_at,checked_at,bootstrap_version,verdict,trusts,line"
#define SQL_LOG                                                                                    \
    "id,log_group,stream,build,token,outcome,is_whole,first_line,lines,events,bytes,size,masked,"  \
    "key_lines,read_at"
#define SQL_LOG_ID " WHERE partition=?1 AND account=?2 AND region=?3 AND log_group=?4 AND stream=?5"
#define SQL_HOME   "partition=?1 AND account=?2 AND region=?3"

/* clang-format off */
#define STATEMENT_LIST(X) \
    X(BEGIN,         "BEGIN IMMEDIATE") \
    X(COMMIT,        "COMMIT") \
    X(ROLLBACK,      "ROLLBACK") \
    X(BEGIN_READ,    "BEGIN") \
    \
    X(EXECUTION_KEEP, "INSERT OR REPLACE INTO execution SELECT id," SQL_LATEST ",execution_hash" \
                     " FROM pipeline p WHERE id=?1 AND NOT EXISTS (SELECT 1 FROM execution e" \
                     " WHERE e.pipeline=p.id AND e.id=p.execution_id" \
                     " AND (e.updated_at>p.changed_at OR e.hash=p.execution_hash))") \
    X(EXECUTION_PUT, "INSERT OR REPLACE INTO execution SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10," \
                     "?11,?12,?13,?14,?15,?16 WHERE NOT EXISTS (SELECT 1 FROM execution" \
                     " WHERE pipeline=?1 AND id=?2 AND hash=?16)") \
    X(EXECUTIONS,    "SELECT " SQL_LATEST " FROM pipeline WHERE id=?1 AND execution_id<>''" \
                     " UNION ALL SELECT " SQL_EXECUTION " FROM execution WHERE pipeline=?1" \
                     " AND id<>(SELECT execution_id FROM pipeline WHERE id=?1)" \
                     " ORDER BY started_at DESC,5 DESC,1 LIMIT ?2") \
    X(EXECUTION,     "SELECT " SQL_LATEST " FROM pipeline WHERE id=?1 AND execution_id=?2" \
                     " UNION ALL SELECT " SQL_EXECUTION " FROM execution WHERE pipeline=?1" \
                     " AND id=?2 LIMIT 1") \
    X(EXECUTIONS_PRUNE, "DELETE FROM execution WHERE pipeline=?1 AND id IN (SELECT id" \
                     " FROM execution WHERE pipeline=?1 ORDER BY started_at DESC,updated_at DESC," \
                     "id LIMIT -1 OFFSET ?2)") \
    X(EXECUTIONS_DROP, "DELETE FROM execution WHERE pipeline=?1") \
    X(RUN_PUT,       "INSERT OR REPLACE INTO run SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12," \
                     "?13,?14,?15,?16,?17,?18,?19 WHERE NOT EXISTS (SELECT 1 FROM run" \
                     " WHERE pipeline=?1 AND execution=?2 AND stage=?3 AND name=?4" \
                     " AND execution_id=?7 AND hash=?19)") \
    X(RUNS,          "SELECT " SQL_RUN " FROM run WHERE pipeline=?1") \
    X(RUNS_OF,       "SELECT " SQL_RUN " FROM run WHERE pipeline=?1 AND execution=?2") \
    X(RUNS_PRUNE,    "DELETE FROM run WHERE pipeline=?1 AND execution IN (SELECT execution FROM run" \
                     " WHERE pipeline=?1 GROUP BY execution ORDER BY max(started_at) DESC" \
                     " LIMIT -1 OFFSET ?2)") \
    X(RUNS_DROP,     "DELETE FROM run WHERE pipeline=?1") \
    \
    X(CONTEXT_PUT,   "INSERT INTO context VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET" \
                     " partition=?3,account=?4,caller_arn=?5,key_hash=?6") \
    X(CONTEXT_GET,   "SELECT profile,region,partition,account,caller_arn,key_hash FROM context" \
                     " WHERE profile=?1 AND region=?2") \
    X(CONTEXT_LIST,  "SELECT profile,region,partition,account,caller_arn,key_hash FROM context" \
                     " ORDER BY profile,region") \
    \
    X(ENVIRONMENTS,  "SELECT " SQL_ENVIRONMENT " FROM environment WHERE " SQL_HOME " ORDER BY name") \
    X(ENVIRONMENTS_ALL, "SELECT " SQL_ENVIRONMENT " FROM environment" \
                     " ORDER BY partition,account,region,name") \
    X(ENVIRONMENT_MOVED, "DELETE FROM environment WHERE " SQL_HOME " AND name=?4 AND" \
                     " (target_account<>?5 OR target_region<>?6 OR way<>?7 OR bootstrap<>?8)") \
    X(ENVIRONMENT_PUT, "INSERT INTO environment(partition,account,region,name,kind,target_account," \
                     "target_region,way,stage,team,bootstrap,json,version,read_at)" \
                     " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)" \
                     " ON CONFLICT DO UPDATE SET kind=?5,stage=?9,team=?10,json=?12,version=?13," \
                     "read_at=?14 WHERE json<>?12 OR version<>?13") \
    X(ENVIRONMENT_DROP, "DELETE FROM environment WHERE " SQL_HOME " AND name=?4") \
    X(ENVIRONMENTS_READ, "UPDATE environment SET read_at=?4 WHERE " SQL_HOME \
                     " AND read_at NOT BETWEEN ?4-60000 AND ?4") \
    X(DIAGNOSIS_PUT, "UPDATE environment SET checked_at=?5,bootstrap_version=?6,verdict=?7," \
                     "trusts=?8,line=?9 WHERE " SQL_HOME " AND name=?4") \
    \
    X(SUBJECT_FIND,  "SELECT id FROM subject WHERE partition=?1 AND account=?2 AND region=?3" \
                     " AND name=?4") \
    X(FIND_ID,       "SELECT p.id FROM subject s JOIN pipeline p ON p.id=s.id WHERE s.partition=?1" \
                     " AND s.account=?2 AND s.region=?3 AND s.name=?4") \
    X(SUBJECT_ADD,   "INSERT INTO subject(partition,account,region,name) VALUES(?1,?2,?3,?4)") \
    \
    X(KNOWN,         "SELECT p.id,p.name,p.version,p.def_updated_at,p.def_hash,p.state_hash," \
                     "p.execution_id,p.execution_status,p.changed_at,p.status,p.mode," \
                     "p.trouble<>''" \
                     " FROM subject s JOIN pipeline p ON p.id=s.id" \
                     " WHERE s.partition=?1 AND s.account=?2 AND s.region=?3 ORDER BY s.name") \
    X(OLD,           "SELECT state_hash,def_hash,tags_hash,status,execution_id,revision," \
                     "revision_summary,trouble,execution_hash,strategy FROM pipeline" \
                     " WHERE id=?1") \
    X(DEF_PUT,       "INSERT INTO pipeline(id,partition,account,region,name,logical,environment," \
                     "strategy,mode,version,def_updated_at,def_hash,tags_hash,arn,attention," \
                     "status_order,stages,cells,observed_at,detail) VALUES(?1,?2,?3,?4,?5,?6,?7," \
                     "?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)" \
                     " ON CONFLICT DO UPDATE SET logical=?6,environment=?7,strategy=?8,mode=?9," \
                     "version=?10,def_updated_at=?11,def_hash=?12,tags_hash=?13,arn=?14," \
                     "stages=?17,cells=?18,detail=?20") \
    X(DEF_GET,       "SELECT detail,name,arn,version,def_updated_at,mode FROM pipeline WHERE id=?1") \
    X(STATE_PUT,     "UPDATE pipeline SET status=?2,execution_id=?3,started_at=?4,changed_at=?5," \
                     "revision=?6,revision_summary=?7,trigger_type=?8,stages=?9,waiting=?10," \
                     "error=?11,trouble='',observed_at=?12,attention=?13,status_order=?14," \
                     "state_hash=?15,execution_status=?16,state_version=?17,state_updated_at=?18," \
                     "status_summary=?19,revision_url=?20,trigger_detail=?21,stop_reason=?22," \
                     "execution_mode=?23,is_rollback=?24,rollback_target=?25," \
                     "execution_hash=?26,cells=?27 WHERE id=?1") \
    X(TROUBLE_PUT,   "UPDATE pipeline SET trouble=?2 WHERE id=?1") \
    X(PIPELINE_DROP, "DELETE FROM pipeline WHERE id=?1") \
    \
    X(STAGES,        "SELECT name,execution_id,inbound_id,disabled_reason,disabled_by," \
                     "condition,condition_status,condition_text,status," \
                     "inbound_status,transition_enabled,transition_changed_at,is_rollback" \
                     " FROM stage WHERE pipeline=?1 ORDER BY position") \
    X(STAGE_PUT,     "INSERT OR REPLACE INTO stage(pipeline,position,name,execution_id,inbound_id," \
                     "disabled_reason,disabled_by,condition,condition_status,condition_text," \
                     "status,inbound_status,transition_enabled,transition_changed_at," \
                     "is_rollback) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)") \
    X(STAGES_DROP,   "DELETE FROM stage WHERE pipeline=?1 AND position>=?2") \
    X(ACTIONS,       "SELECT stage,name,category,provider,execution_id,summary,error_code," \
                     "error_message,external_id,external_url,updated_by,revision_id,url,status," \
                     "changed_at,percent,has_token FROM action WHERE pipeline=?1" \
                     " ORDER BY stage,position") \
    X(ACTION_PUT,    "INSERT OR REPLACE INTO action(pipeline,stage,position,name,category,provider," \
                     "execution_id,summary,error_code,error_message,external_id,external_url," \
                     "updated_by,revision_id,url,status,changed_at,percent,has_token)" \
                     " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)") \
    X(ACTIONS_DROP,  "DELETE FROM action WHERE pipeline=?1 AND stage=?2 AND position>=?3") \
    X(STAGES_ACTIONS_DROP, "DELETE FROM action WHERE pipeline=?1 AND stage>=?2") \
    X(TAGS,          "SELECT key,value FROM tag WHERE pipeline=?1 ORDER BY position") \
    X(TAG_PUT,       "INSERT INTO tag VALUES(?1,?2,?3,?4)") \
    X(TAGS_DROP,     "DELETE FROM tag WHERE pipeline=?1") \
    \
    X(DOCUMENT,      "SELECT json,read_at FROM document WHERE kind=?1 AND partition=?2" \
                     " AND account=?3 AND region=?4 AND key=?5") \
    X(DOCUMENT_SAME, "UPDATE document SET read_at=?7,used_at=?7-?7%3600000 WHERE kind=?1" \
                     " AND partition=?2 AND account=?3 AND region=?4 AND key=?5 AND json=?6") \
    X(DOCUMENT_PUT,  "INSERT OR REPLACE INTO document(kind,partition,account,region,key,json," \
                     "read_at,used_at,size) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)") \
    X(DOCUMENTS_SIZE, "SELECT sum(size) FROM document") \
    X(DOCUMENTS_PRUNE, "DELETE FROM document WHERE (kind,partition,account,region,key) IN (" \
                     "SELECT kind,partition,account,region,key FROM (SELECT kind,partition," \
                     "account,region,key,sum(size) OVER (ORDER BY used_at DESC,read_at DESC," \
                     "kind,partition,account,region,key) AS total FROM document) WHERE total>?1)") \
    X(PERMISSION_PUT, "INSERT OR REPLACE INTO permission VALUES(?1,?2,?3,?4,?5,?6,?7)") \
    X(PERMISSION,    "SELECT is_allowed,at FROM permission WHERE partition=?1 AND account=?2" \
                     " AND caller=?3 AND iam_action=?4 AND resource IN (?5,'')" \
                     " ORDER BY resource='',at DESC LIMIT 1") \
    \
    X(LOG,           "SELECT " SQL_LOG " FROM log" SQL_LOG_ID) \
    X(LOG_OF_BUILD,  "SELECT " SQL_LOG " FROM log WHERE partition=?1 AND account=?2 AND region=?3" \
                     " AND build=?4 ORDER BY id DESC LIMIT 1") \
    X(LOG_MAKE,      "INSERT INTO log(partition,account,region,log_group,stream,build,token," \
                     "outcome,is_whole,first_line,lines,events,bytes,size,masked,key_lines," \
                     "read_at,used_at) VALUES(?1,?2,?3,?4,?5,?6,'','',0,0,0,0,0,0,0,0,?7,?8)") \
    X(LOG_PUT,       "UPDATE log SET build=?2,token=?3,lines=?4,events=?5,bytes=?6,masked=?7," \
                     "key_lines=?8,read_at=?9,size=?10,is_whole=0 WHERE id=?1") \
    X(LOG_END,       "UPDATE log SET build=?6,outcome=?7,is_whole=?8,read_at=?9" SQL_LOG_ID \
                     " AND (build<>?6 OR outcome<>?7 OR is_whole<>?8)") \
    X(LOG_USED,      "UPDATE log SET used_at=?2 WHERE id=?1 AND used_at<?2") \
    X(LOG_DROP,      "DELETE FROM log WHERE id=?1") \
    X(LOGS_SIZE,     "SELECT sum(size) FROM log WHERE ?1>0") \
    X(LOG_LONGEST_UNUSED, "SELECT id FROM log WHERE id<>?1 ORDER BY used_at,id LIMIT 1") \
    X(LOG_CHUNKS,    "SELECT id,first_line,lines,errors,raw FROM log_chunk WHERE log=?1" \
                     " AND first_line>=ifnull((SELECT max(first_line) FROM log_chunk" \
                     " WHERE log=?1 AND first_line<=?2),0) ORDER BY first_line") \
    X(LOG_LAST,      "SELECT id,first_line,lines,errors,raw,length(bytes) FROM log_chunk" \
                     " WHERE log=?1 ORDER BY first_line DESC LIMIT 1") \
    X(LOG_CHUNK,     "SELECT raw,bytes FROM log_chunk WHERE id=?1") \
    X(LOG_CHUNK_PUT, "INSERT INTO log_chunk(log,first_line,lines,errors,raw,bytes)" \
                     " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(log,first_line) DO UPDATE" \
                     " SET lines=?3,errors=?4,raw=?5,bytes=?6") \
    X(LOG_CHUNK_DROP, "DELETE FROM log_chunk WHERE id=?1") \
    X(LOG_CHUNKS_DROP, "DELETE FROM log_chunk WHERE log=?1") \
    X(LOG_START,     "SELECT id,first_line+lines,length(bytes) FROM log_chunk" \
                     " WHERE log=?1 ORDER BY first_line LIMIT 1") \
    X(LOG_CUT,       "UPDATE log SET first_line=?2,size=size-?3 WHERE id=?1") \
    \
    X(TALLY,         "SELECT status,count FROM tally") \
    X(TALLY_IN,      "SELECT status,count FROM tally WHERE partition=?1 AND account=?2" \
                     " AND region=?3") \
    X(TALLY_ADD,     "INSERT INTO tally VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET" \
                     " count=count+?5") \
    \
    X(CHANGE_ADD,    "INSERT INTO change(subject,kind) VALUES(?1,?2)") \
    X(CHANGE_SEQ,    "SELECT max(seq) FROM change") \
    X(CHANGE_PRUNE,  "DELETE FROM change WHERE seq<=(SELECT max(seq) FROM change)-?1") \
    \
    X(HISTORY_ADD,   "INSERT INTO transition(subject,kind,stage,action,execution_id,from_status," \
                     "to_status,at,observed_at,summary) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)") \
    X(HISTORY_ALL,   "SELECT " SQL_TRANSITION SQL_HISTORY " ORDER BY t.seq LIMIT ?4") \
    X(HISTORY_ALL_BACK, "SELECT " SQL_TRANSITION SQL_HISTORY " ORDER BY t.seq DESC LIMIT ?4") \
    X(HISTORY_ONE,   "SELECT " SQL_TRANSITION SQL_HISTORY " AND t.subject=?5" \
                     " ORDER BY t.seq LIMIT ?4") \
    X(HISTORY_ONE_BACK, "SELECT " SQL_TRANSITION SQL_HISTORY " AND t.subject=?5" \
                     " ORDER BY t.seq DESC LIMIT ?4") \
    X(HISTORY_ENDS,  "SELECT (SELECT min(seq) FROM transition),(SELECT max(seq) FROM transition)") \
    X(HISTORY_SEEN,  "SELECT seq,observed_at FROM transition WHERE seq>=?1 ORDER BY seq LIMIT 1") \
    X(HISTORY_COUNT_PRUNE, "DELETE FROM transition WHERE seq IN (SELECT seq FROM transition" \
                     " WHERE seq<=(SELECT max(seq) FROM transition)-?1 ORDER BY seq LIMIT ?2)") \
    X(HISTORY_AGE_PRUNE, "DELETE FROM transition WHERE observed_at<?1 AND seq<" \
                     "(SELECT min(seq) FROM transition)+?2") \
    \
    X(EXISTS,        "SELECT 1 FROM pipeline WHERE id=?1") \
    X(ROW,           "SELECT " SQL_ROW " FROM pipeline WHERE id=?1") \
    X(DETAIL,        "SELECT " SQL_ROW ",arn,version,state_version,state_updated_at," \
                     "execution_status,status_summary,revision_url,trigger_detail,stop_reason," \
                     "execution_mode,is_rollback,rollback_target FROM pipeline WHERE id=?1") \
    X(SIBLINGS,      "SELECT " SQL_ROW " FROM pipeline WHERE logical=?4 AND partition=?1" \
                     " AND account=?2 AND region=?3 ORDER BY name LIMIT ?5") \
    X(WAITING,       "SELECT id FROM pipeline WHERE waiting<>'' UNION SELECT p.id FROM run r" \
                     " CROSS JOIN pipeline p ON p.id=r.pipeline WHERE r.status='Waiting'" \
                     " AND p.mode='PARALLEL' ORDER BY 1") \
    X(NAMED,         "SELECT id FROM pipeline WHERE name=?1 UNION ALL SELECT id FROM pipeline" \
                     " WHERE logical=?1 AND name<>?1") \
    \
    X(TEXT_SOURCE,   "SELECT name,logical,stages,revision,revision_summary FROM pipeline" \
                     " WHERE id=?1") \
    X(TEXT_GET,      "SELECT folded FROM pipeline_text WHERE id=?1") \
    X(TEXT_PUT,      "INSERT INTO pipeline_text VALUES(?1,?2) ON CONFLICT DO UPDATE SET folded=?2") \
    X(TEXT_DROP,     "DELETE FROM pipeline_text WHERE id=?1") \
    X(PIECES_ADD,    "INSERT INTO piece(rowid,grams) VALUES(?1,?2)") \
    X(PIECES_DROP,   "INSERT INTO piece(piece,rowid,grams) VALUES('delete',?1,?2)") \
    X(PIECES_FIND,   "SELECT rowid FROM piece WHERE piece MATCH ?1 ORDER BY rowid LIMIT ?2")
/* clang-format on */

#define STATEMENT_ENUM(name, sql) STATEMENT_##name,
enum statement { STATEMENT_LIST(STATEMENT_ENUM) STATEMENT_COUNT };
#undef STATEMENT_ENUM

const char *statement_sql(enum statement which);

#endif
