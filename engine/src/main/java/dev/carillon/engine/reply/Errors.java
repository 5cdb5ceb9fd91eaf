package dev.carillon.engine.reply;

import dev.carillon.protocol.bytes.Bytes;

/**
 * THE table of error replies. A row is a code and a text, byte for byte as a running Redis says it
 * (observed on 7.0.15 and in the recorded cases; 8.x texts from the recorded cases of that
 * version); {@code %s} stands for what the request said. Handlers throw by name, so that a bug
 * never turns into a plausible reply.
 */
public enum Errors {
  // ------------------------------------------------------------------------------ any command
  SYNTAX("ERR", "syntax error"),
  WRONG_TYPE("WRONGTYPE", "Operation against a key holding the wrong kind of value"),
  WRONG_ARITY("ERR", "wrong number of arguments for '%s' command"),
  UNKNOWN_COMMAND("ERR", "unknown command '%.128s', with args beginning with: %s"),
  UNKNOWN_COMMAND_ALONE("ERR", "unknown command '%.128s'"),
  UNKNOWN_SUBCOMMAND("ERR", "unknown subcommand '%.128s'. Try %s HELP."),
  SUBCOMMAND_ARITY(
      "ERR", "unknown subcommand or wrong number of arguments for '%.128s'. Try %s HELP."),
  NO_SUCH_KEY("ERR", "no such key"),
  SAME_OBJECT("ERR", "source and destination objects are the same"),
  LOADING("LOADING", "Redis is loading the dataset in memory"),
  OUT_OF_MEMORY("OOM", "command not allowed when used memory > 'maxmemory'."),
  JOURNAL_FAILING("MISCONF", "Errors writing to the AOF file: %s"),
  JOURNAL_TOO_LARGE("ERR", "a command of this size does not fit into the journal"),
  JOURNAL_HALF_DONE(
      "MISCONF",
      "A command failed half-way, and what it changed could not be written to the journal; restart"
          + " the server, which goes back to what the journal has"),
  INTERNAL("ERR", "internal error: %s; the command was not completed, see the server's log"),

  // ---------------------------------------------------------------------------------- numbers
  NOT_AN_INTEGER("ERR", "value is not an integer or out of range"),
  NOT_AN_INT("ERR", "value is out of range, value must between -2147483648 and 2147483647"),
  NOT_A_FLOAT("ERR", "value is not a valid float"),
  NAN_OR_INFINITY("ERR", "increment would produce NaN or Infinity"),
  OVERFLOW("ERR", "increment or decrement would overflow"),
  DECREMENT_OVERFLOW("ERR", "decrement would overflow"),
  MUST_BE_POSITIVE("ERR", "value is out of range, must be positive"),
  OUT_OF_RANGE("ERR", "value is out of range"),
  OFFSET_OUT_OF_RANGE("ERR", "offset is out of range"),
  STRING_TOO_LONG("ERR", "string exceeds maximum allowed size (proto-max-bulk-len)"),

  // ------------------------------------------------------------------- databases and deadlines
  DB_OUT_OF_RANGE("ERR", "DB index is out of range"),
  INVALID_FIRST_DB("ERR", "invalid first DB index"),
  INVALID_SECOND_DB("ERR", "invalid second DB index"),
  INVALID_EXPIRE("ERR", "invalid expire time in '%s' command"),
  EXPIRE_NX_WITH_OTHERS("ERR", "NX and XX, GT or LT options at the same time are not compatible"),
  EXPIRE_GT_WITH_LT("ERR", "GT and LT options at the same time are not compatible"),
  UNSUPPORTED_OPTION("ERR", "Unsupported option %s"),
  INVALID_CURSOR("ERR", "invalid cursor"),

  // ---------------------------------------------------------------------------- keys of any type
  OUT_OF_RANGE_BETWEEN("ERR", "value is out of range, value must between %s and %s"),
  BUSY_KEY("BUSYKEY", "Target key name already exists."),
  INVALID_TTL("ERR", "Invalid TTL value, must be >= 0"),
  INVALID_IDLETIME("ERR", "Invalid IDLETIME value, must be >= 0"),
  INVALID_FREQ("ERR", "Invalid FREQ value, must be >= 0 and <= 255"),
  MIGRATE_KEYS_AND_KEY(
      "ERR", "When using MIGRATE KEYS option, the key argument must be set to the empty string"),
  MIGRATE_NOT_CONNECTED("IOERR", "error or timeout connecting to the client"),
  MIGRATE_NOT_WRITTEN("IOERR", "error or timeout writing to target instance"),
  MIGRATE_NOT_READ("IOERR", "error or timeout reading from target instance"),
  MIGRATE_REFUSED("ERR", "Target instance replied with error: %s"),
  MIGRATE_CHANGED(
      "ERR", "the key '%.128s' changed while it was migrated, so that it stays here too"),
  MIGRATE_NOT_QUEUED("ERR", "MIGRATE cannot wait for the other server inside a transaction"),
  BAD_PAYLOAD("ERR", "DUMP payload version or checksum are wrong"),
  BAD_DATA_FORMAT("ERR", "Bad data format"),
  FREQUENCY_NOT_TRACKED(
      "ERR",
      "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when"
          + " switching between policies at runtime LRU and LFU data will take some time to"
          + " adjust."),
  IDLE_TIME_NOT_TRACKED(
      "ERR",
      "An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching"
          + " between policies at runtime LRU and LFU data will take some time to adjust."),
  // Of 7.4 and newer; older versions say that the syntax is wrong.
  NOVALUES_OUTSIDE_HSCAN("ERR", "NOVALUES option can only be used in HSCAN"),
  SORT_WEIGHT_NOT_A_FLOAT("ERR", "One or more scores can't be converted into double"),
  // Of 7.2 and newer, from its source; not observed.
  WAITAOF_WITHOUT_APPENDONLY(
      "ERR", "WAITAOF cannot be used when numlocal is set but appendonly is disabled."),

  // ------------------------------------------------------------------------------ connections
  NO_AUTH("NOAUTH", "Authentication required."),
  NO_AUTH_HELLO(
      "NOAUTH",
      "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH"
          + " <user> <pass> option can be used to authenticate the client and select the RESP"
          + " protocol version at the same time"),
  WRONG_PASSWORD("WRONGPASS", "invalid username-password pair or user is disabled."),
  AUTH_WITHOUT_PASSWORD(
      "ERR",
      "AUTH <password> called without any password configured for the default user. Are you sure"
          + " your configuration is correct?"),
  // Of 7.2 and newer; 7.0 words them otherwise.
  NO_PERMISSION("NOPERM", "User %s has no permissions to run the '%s' command"),
  NO_PERMISSION_FOR_KEY("NOPERM", "No permissions to access a key"),
  NO_PERMISSION_FOR_CHANNEL("NOPERM", "No permissions to access a channel"),
  NO_PERMISSION_ANY_MORE(
      "NOPERM",
      "ACLs rules changed between the moment the transaction was accumulated and the EXEC call."
          + " This command is no longer allowed for the following reason: %s"),
  NO_PROTO("NOPROTO", "unsupported protocol version"),
  PROTO_NOT_AN_INTEGER("ERR", "Protocol version is not an integer or out of range"),
  SUBSCRIBED_CONTEXT(
      "ERR",
      "Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed"
          + " in this context"),
  MONITORING_CONTEXT("ERR", "Replica can't interact with the keyspace"),
  MONITOR_IN_TRANSACTION("ERR", "MONITOR isn't allowed for DENY BLOCKING client"),
  SSUBSCRIBE_IN_TRANSACTION("ERR", "SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
  PROTOCOL("ERR", "%s"),
  HELLO_OPTION("ERR", "Syntax error in HELLO option '%s'"),
  CLIENT_NAME("ERR", "Client names cannot contain spaces, newlines or special characters."),
  CLIENT_INFO("ERR", "%s cannot contain spaces, newlines or special characters."),
  UNRECOGNIZED_OPTION("ERR", "Unrecognized option '%s'"),
  UNKNOWN_CLIENT_TYPE("ERR", "Unknown client type '%s'"),
  INVALID_CLIENT_ID("ERR", "Invalid client ID"),
  CLIENT_ID_NOT_POSITIVE("ERR", "client-id should be greater than 0"),
  MAXAGE_NOT_AN_INTEGER("ERR", "maxage is not an integer or out of range"),
  MAXAGE_NOT_POSITIVE("ERR", "maxage should be greater than 0"),
  NO_SUCH_CLIENT("ERR", "No such client"),
  NO_SUCH_USER("ERR", "No such user '%s'"),
  PAUSE_MODE("ERR", "CLIENT PAUSE mode must be WRITE or ALL"),
  CACHING_WITHOUT_TRACKING(
      "ERR",
      "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT"
          + " mode enabled"),
  CACHING_YES("ERR", "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."),
  CACHING_NO("ERR", "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."),
  TRACKING_TWO_REDIRECTS("ERR", "A client can only redirect to a single other client"),
  TRACKING_NO_REDIRECT("ERR", "The client ID you want redirect to does not exist"),
  TRACKING_PREFIX("ERR", "PREFIX option requires BCAST mode to be enabled"),
  TRACKING_SWITCH_BCAST(
      "ERR",
      "You can't switch BCAST mode on/off before disabling tracking for this client, and then"
          + " re-enabling it with a different mode."),
  TRACKING_SWITCH_OPT(
      "ERR",
      "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then"
          + " re-enabling it with a different mode."),
  TRACKING_OPT_WITH_BCAST("ERR", "OPTIN and OPTOUT are not compatible with BCAST"),
  TRACKING_OPT_BOTH("ERR", "You can't specify both OPTIN mode and OPTOUT mode"),
  TRACKING_OVERLAP_EXISTING(
      "ERR",
      "Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not"
          + " overlap."),
  TRACKING_OVERLAP_PROVIDED(
      "ERR",
      "Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must"
          + " not overlap."),
  UNBLOCK_REASON("ERR", "CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
  UNBLOCKED("UNBLOCKED", "client unblocked via CLIENT UNBLOCK"),
  TIMEOUT_NOT_A_FLOAT("ERR", "timeout is not a float or out of range"),
  TIMEOUT_NOT_AN_INTEGER("ERR", "timeout is not an integer or out of range"),
  TIMEOUT_NEGATIVE("ERR", "timeout is negative"),
  TIMEOUT_OUT_OF_RANGE("ERR", "timeout is out of range"),

  // ----------------------------------------------------------------------------- transactions
  EXEC_ABORT("EXECABORT", "Transaction discarded because of previous errors."),
  EXEC_REFUSED("EXECABORT", "Transaction discarded because of: %s"),
  EXEC_WITHOUT_MULTI("ERR", "EXEC without MULTI"),
  DISCARD_WITHOUT_MULTI("ERR", "DISCARD without MULTI"),
  NESTED_MULTI("ERR", "MULTI calls can not be nested"),
  WATCH_INSIDE_MULTI("ERR", "WATCH inside MULTI is not allowed"),
  NOT_IN_TRANSACTION("ERR", "Command not allowed inside a transaction"),

  // ---------------------------------------------------------------------------------- strings
  BAD_DIGEST("ERR", "must be exactly 16 hexadecimal characters"),
  DELEX_CONDITION("ERR", "Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"),
  DELEX_NOT_A_STRING("ERR", "Key should be of string type if conditions are specified"),
  MSETEX_COUNT("ERR", "invalid numkeys value"),
  MSETEX_PAIRS("ERR", "wrong number of key-value pairs"),
  // Up to APPLIED_OVERFLOW as the tests of Redis 8.8 look for them; whole texts unobserved.
  INCREMENT_NOT_AN_INTEGER("ERR", "Increment is not an integer or out of range"),
  INCREMENT_NOT_A_FLOAT("ERR", "Increment is not a valid float"),
  INCREMENT_INFINITE("ERR", "BYFLOAT increment cannot be Infinity"),
  BOUND_NOT_AN_INTEGER("ERR", "%s is not an integer or out of range"),
  BOUND_NOT_A_FLOAT("ERR", "%s is not a valid float"),
  BOUNDS_CROSSED("ERR", "LBOUND can't be greater than UBOUND"),
  ENX_WITHOUT_EXPIRATION("ERR", "ENX flag requires an expiration"),
  VALUE_INFINITE("ERR", "value cannot be Infinity"),
  APPLIED_OVERFLOW("ERR", "applied increment would overflow"),
  // Unobserved: worded like their neighbours.
  BOUND_INFINITE("ERR", "%s cannot be Infinity"),
  APPLIED_INFINITE("ERR", "applied increment would produce Infinity"),
  LCS_NOT_STRINGS("ERR", "The specified keys must contain string values"),
  LCS_LEN_WITH_IDX("ERR", "If you want both the length and indexes, please just use IDX."),
  LCS_TOO_LARGE("ERR", "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"),

  // ----------------------------------------------------------------------------------- hashes
  HASH_VALUE_NOT_AN_INTEGER("ERR", "hash value is not an integer"),
  HASH_VALUE_NOT_A_FLOAT("ERR", "hash value is not a float"),
  VALUE_NAN_OR_INFINITY("ERR", "value is NaN or Infinity"),
  NEGATIVE_EXPIRE("ERR", "invalid expire time, must be >= 0"),
  FIELD_CONDITIONS("ERR", "Only one of FXX or FNX arguments can be specified"),
  FIELD_EXPIRATIONS("ERR", "Only one of EX, PX, EXAT, PXAT or %s arguments can be specified"),
  // From here on texts of 8.6.3.
  FIELDS_MISSING("ERR", "Mandatory argument FIELDS is missing or not at the right position"),
  FIELDS_NOT_POSITIVE("ERR", "Number of fields must be a positive integer"),
  NUMFIELDS_NOT_POSITIVE("ERR", "Parameter `numFields` should be greater than 0"),
  FIELDS_MISCOUNTED("ERR", "The `numfields` parameter must match the number of arguments"),
  FIELDS_INVALID_COUNT("ERR", "invalid number of fields"),
  FIELDS_TWICE("ERR", "FIELDS keyword specified multiple times"),
  FIELDS_INCOMPLETE("ERR", "FIELDS requires at least numfields and one field argument"),
  FIELDS_TOO_FEW("ERR", "wrong number of arguments"),
  NO_FIELDS("ERR", "missing FIELDS argument"),
  FIELD_DEADLINE_CONDITIONS("ERR", "Multiple condition flags specified"),
  EXPIRE_TIME_MISSING("ERR", "missing expire time"),
  UNKNOWN_ARGUMENT("ERR", "unknown argument: %s"),
  // Of HGETEX and HSETEX, for what only the other one knows.
  MISPLACED_ARGUMENT("ERR", "unknown argument"),
  // Clients for 8.10 look for these words, and then prepare and try again.
  NO_FIELDSET("ERR", "no such fieldset"),
  FIELDSET_DUPLICATE("ERR", "duplicate field name in fieldset"),
  // Clients look for "value count" here; the rest is worded like its neighbours.
  FIELDSET_VALUES("ERR", "value count does not match the fields of the fieldset"),
  // ---------------------------------------------------------------------------------- streams
  STREAM_ID("ERR", "Invalid stream ID specified as stream command argument"),
  STREAM_ID_ZERO("ERR", "The ID specified in XADD must be greater than 0-0"),
  STREAM_ID_NOT_ABOVE_TOP(
      "ERR", "The ID specified in XADD is equal or smaller than the target stream top item"),
  STREAM_EXHAUSTED(
      "ERR", "The stream has exhausted the last possible ID, unable to add more items"),
  STREAM_ENTRY_TOO_LARGE("ERR", "Elements are too large to be stored"),
  STREAM_START_ID("ERR", "invalid start ID for the interval"),
  STREAM_END_ID("ERR", "invalid end ID for the interval"),
  STREAM_MAXLEN("ERR", "The MAXLEN argument must be >= 0."),
  STREAM_LIMIT("ERR", "The LIMIT argument must be >= 0."),
  STREAM_TWO_TRIMS(
      "ERR", "syntax error, MAXLEN and MINID options at the same time are not compatible"),
  STREAM_LIMIT_WITHOUT_TRIM(
      "ERR", "syntax error, LIMIT cannot be used without specifying a trimming strategy"),
  STREAM_LIMIT_WITHOUT_TILDE(
      "ERR", "syntax error, LIMIT cannot be used without the special ~ option"),
  STREAM_NO_TRIM("ERR", "syntax error, XTRIM must be called with a trimming strategy"),
  STREAM_ENTRIES_ADDED("ERR", "entries_added must be positive"),
  STREAM_ENTRIES_ADDED_BELOW_LENGTH(
      "ERR", "The entries_added specified in XSETID is smaller than the target stream length"),
  STREAM_ID_BELOW_GIVEN_DELETED(
      "ERR", "The ID specified in XSETID is smaller than the provided max_deleted_entry_id"),
  STREAM_ID_BELOW_DELETED(
      "ERR", "The ID specified in XSETID is smaller than current max_deleted_entry_id"),
  STREAM_ID_BELOW_TOP(
      "ERR", "The ID specified in XSETID is smaller than the target stream top item"),
  STREAM_UNBALANCED(
      "ERR", "Unbalanced '%s' list of streams: for each stream key an %s must be specified."),
  STREAM_GROUP_OPTION(
      "ERR", "The GROUP option is only supported by XREADGROUP. You called XREAD instead."),
  STREAM_NOACK_OPTION(
      "ERR", "The NOACK option is only supported by XREADGROUP. You called XREAD instead."),
  STREAM_NO_GROUP_OPTION("ERR", "Missing GROUP option for XREADGROUP"),
  STREAM_NEW_IN_GROUP(
      "ERR",
      "The %s ID is meaningless in the context of XREADGROUP: you want to read the history of this"
          + " consumer by specifying a proper ID, or use the > ID to get new messages. The %s ID"
          + " would just return an empty result set."),
  STREAM_GREATER_WITHOUT_GROUP(
      "ERR",
      "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer>"
          + " option."),
  STREAM_NO_KEY_FOR_GROUP(
      "ERR",
      "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use"
          + " the MKSTREAM option to create an empty stream automatically."),
  STREAM_ENTRIES_READ("ERR", "value for ENTRIESREAD must be positive or -1"),
  BUSY_GROUP("BUSYGROUP", "Consumer Group name already exists"),
  NO_GROUP("NOGROUP", "No such consumer group '%s' for key name '%s'"),
  NO_KEY_OR_GROUP("NOGROUP", "No such key '%s' or consumer group '%s'"),
  NO_KEY_OR_GROUP_TO_READ(
      "NOGROUP", "No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option"),
  STREAM_MIN_IDLE("ERR", "Invalid min-idle-time argument for %s"),
  STREAM_CLAIM_OPTION("ERR", "Invalid %s option argument for XCLAIM"),
  STREAM_CLAIM_UNKNOWN_OPTION("ERR", "Unrecognized XCLAIM option '%s'"),
  STREAM_CLAIM_COUNT("ERR", "COUNT must be > 0"),
  // Of 8.2 and 8.4, observed on 8.6.3.
  STREAM_NO_IDS("ERR", "IDS option is required"),
  STREAM_READ_IDLE("ERR", "min-idle-time is not an integer or out of range"),
  STREAM_READ_IDLE_NEGATIVE("ERR", "min-idle-time must be a positive integer"),
  STREAM_NUMIDS("ERR", "Number of IDs must be a positive integer"),
  STREAM_NUMIDS_MISMATCH("ERR", "The `numids` parameter must match the number of arguments"),
  STREAM_CLAIM_OPTION_OF_READ(
      "ERR", "The CLAIM option is only supported by XREADGROUP. You called XREAD instead."),
  // From the tests that clients run against 8.10.
  STREAM_READ_LIMIT("ERR", "%s must be a positive integer"),
  STREAM_MAXCOUNT_BELOW_COUNT("ERR", "MAXCOUNT must be greater than or equal to COUNT"),
  // Observed on 8.6.3.
  STREAM_IDMP_WITH_ID(
      "ERR", "syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs"),
  STREAM_IDMP_TWICE("ERR", "syntax error, IDMP/IDMPAUTO specified multiple times"),
  STREAM_IDMP_EMPTY_PRODUCER("ERR", "syntax error, %s requires a non-empty producer ID"),
  STREAM_IDMP_EMPTY_ID("ERR", "syntax error, %s requires a non-empty idempotent ID"),
  STREAM_IDMP_DURATION("ERR", "IDMP-DURATION must be between 1 and %s seconds"),
  STREAM_IDMP_MAXSIZE("ERR", "IDMP-MAXSIZE must be between 1 and %s entries"),
  STREAM_IDMP_NOTHING("ERR", "At least one parameter must be specified"),
  STREAM_IDMP_LIMIT_TWICE("ERR", "%s specified multiple times"),
  STREAM_IDMP_NO_PRODUCER("ERR", "producer ID must be non-empty"),
  STREAM_IDMP_NO_ID("ERR", "idempotent ID must be non-empty"),
  STREAM_IDMP_ENTRY("ERR", "No such message in stream"),
  STREAM_IDMP_OTHER_ENTRY("ERR", "IID already exists for this producer with a different stream ID"),

  // ---------------------------------------------------------------------------------- bitmaps
  BIT_OFFSET("ERR", "bit offset is not an integer or out of range"),
  BIT_VALUE("ERR", "bit is not an integer or out of range"),
  BIT_ARGUMENT("ERR", "The bit argument must be 1 or 0."),
  BITFIELD_TYPE(
      "ERR",
      "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64"
          + " is."),
  BITFIELD_OVERFLOW("ERR", "Invalid OVERFLOW type specified"),
  BITFIELD_READ_ONLY("ERR", "BITFIELD_RO only supports the GET subcommand"),
  BITOP_SINGLE_SOURCE("ERR", "BITOP NOT must be called with a single source key."),
  BITOP_TWO_SOURCES("ERR", "BITOP %s must be called with at least two source keys."),

  // ----------------------------------------------------------------------------- HyperLogLogs
  NOT_A_HYPERLOGLOG("WRONGTYPE", "Key is not a valid HyperLogLog string value."),
  CORRUPT_HYPERLOGLOG("INVALIDOBJ", "Corrupted HLL object detected"),
  PFDEBUG_NO_SUCH_KEY("ERR", "The specified key does not exist"),
  HYPERLOGLOG_NOT_SPARSE("ERR", "HLL encoding is not sparse"),
  UNKNOWN_PFDEBUG("ERR", "Unknown PFDEBUG subcommand '%s'"),
  PFSELFTEST_FAILED("ERR", "self test failed: %s after %s elements"),

  // -------------------------------------------------------------------------------------- geo
  GEO_POSITION("ERR", "invalid longitude,latitude pair %s,%s"),
  GEO_UNIT("ERR", "unsupported unit provided. please use M, KM, FT, MI"),
  GEO_RADIUS("ERR", "need numeric radius"),
  GEO_WIDTH("ERR", "need numeric width"),
  GEO_HEIGHT("ERR", "need numeric height"),
  GEO_RADIUS_NEGATIVE("ERR", "radius cannot be negative"),
  GEO_BOX_NEGATIVE("ERR", "height or width cannot be negative"),
  GEO_MEMBER("ERR", "could not decode requested zset member"),
  GEO_COUNT("ERR", "COUNT must be > 0"),
  GEO_ANY("ERR", "the ANY argument requires COUNT argument"),
  GEO_FROM("ERR", "exactly one of FROMMEMBER or FROMLONLAT can be specified for %s"),
  GEO_BY("ERR", "exactly one of BYRADIUS and BYBOX can be specified for %s"),
  GEO_STORE_WITH("ERR", "%s is not compatible with WITHDIST, WITHHASH and WITHCOORD options"),

  // ----------------------------------------------------------------------------------- arrays
  // From the recorded cases, and the public tests and source of 8.8.
  ARRAY_INDEX("ERR", "invalid array index"),
  ARRAY_INDEX_OVERFLOW("ERR", "array index overflow"),
  ARRAY_CURSOR_OVERFLOW("ERR", "insert index overflow"),
  ARRAY_RING_SIZE("ERR", "size must be positive"),
  ARRAY_RING_SIZE_INVALID("ERR", "invalid size"),
  ARRAY_RANGE("ERR", "range exceeds maximum of %s items"),
  ARRAY_COUNT("ERR", "invalid COUNT"),
  ARRAY_LIMIT("ERR", "LIMIT must be positive"),
  ARRAY_PREDICATES("ERR", "too many predicates, maximum is %s"),
  ARRAY_REGEX("ERR", "invalid regular expression: %s"),
  ARRAY_REGEX_EMPTY("ERR", "regular expression is empty"),
  ARRAY_REGEX_LENGTH("ERR", "regular expression is too long, maximum is %s bytes"),
  ARRAY_REGEX_BACKREFERENCE("ERR", "regular expression backreferences are not supported"),
  ARRAY_OPERATION("ERR", "unknown operation"),
  ARRAY_MATCH("ERR", "MATCH requires a value argument"),

  // ------------------------------------------------------------------------------ sorted sets
  XX_WITH_NX("ERR", "XX and NX options at the same time are not compatible"),
  GT_LT_NX("ERR", "GT, LT, and/or NX options at the same time are not compatible"),
  ZADD_INCR_PAIRS("ERR", "INCR option supports a single increment-element pair"),
  SCORE_NOT_A_NUMBER("ERR", "resulting score is not a number (NaN)"),
  RANGE_NOT_FLOATS("ERR", "min or max is not a float"),
  RANGE_NOT_STRINGS("ERR", "min or max not valid string range item"),
  LIMIT_OF_RANKS(
      "ERR", "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"),
  SCORES_OF_LEX("ERR", "syntax error, WITHSCORES not supported in combination with BYLEX"),
  WEIGHT_NOT_A_FLOAT("ERR", "weight value is not a float"),
  NO_INPUT_KEYS("ERR", "at least 1 input key is needed for '%s' command"),

  // -------------------------------------------------------------------------------- collections
  NUMKEYS_NOT_POSITIVE("ERR", "numkeys should be greater than 0"),
  COUNT_NOT_POSITIVE("ERR", "count should be greater than 0"),
  NUMKEYS_TOO_LARGE("ERR", "Number of keys can't be greater than number of args"),
  LIMIT_NEGATIVE("ERR", "LIMIT can't be negative"),

  // ------------------------------------------------------------------------------------- lists
  INDEX_OUT_OF_RANGE("ERR", "index out of range"),
  LPOS_RANK(
      "ERR",
      "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use"
          + " negative to start from the end of the list"),
  LPOS_COUNT("ERR", "COUNT can't be negative"),
  LPOS_MAXLEN("ERR", "MAXLEN can't be negative"),

  // --------------------------------------------------------------------------------- the server
  NOT_A_COMMAND("ERR", "Invalid command specified"),
  COMMAND_WITHOUT_KEYS("ERR", "The command has no key arguments"),
  COMMAND_ARITY("ERR", "Invalid number of arguments specified for command"),
  COMMAND_ARGUMENTS("ERR", "Invalid arguments specified for command"),
  DEBUG_NOT_ALLOWED(
      "ERR",
      "DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can"
          + " run it from a local connection, otherwise you need to set this option in the"
          + " configuration file, and then restart the server."),
  DEBUG_UNSUPPORTED("ERR", "DEBUG %s is not supported by Carillon"),
  RELOAD_OPTIONS("ERR", "DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."),
  RELOAD_NOT_SAVED("ERR", "DEBUG RELOAD cannot save a snapshot; see the server's log"),
  RELOAD_NOT_LOADED("ERR", "Error trying to load the RDB dump: %s; what was there has stayed"),
  LOADAOF_WITHOUT_JOURNAL("ERR", "DEBUG LOADAOF needs a journal that is in force"),
  LOADAOF_IN_TRANSACTION("ERR", "DEBUG LOADAOF cannot be a part of a transaction"),
  LOADAOF_NOT_LOADED("ERR", "the journal cannot be read again: %s; what was there has stayed"),
  RELOAD_BEHIND_JOURNAL(
      "ERR", "DEBUG RELOAD with NOSAVE or NOFLUSH would bring in what the journal does not have"),
  NOT_A_LISTPACK("ERR", "Not a listpack encoded object."),
  NOT_A_QUICKLIST("ERR", "Not a quicklist encoded object."),
  PACKED_THRESHOLD("ERR", "argument must be a memory value bigger than 1 and smaller than 4gb"),
  RESP2_UNSUPPORTED("ERR", "RESP2 is not supported by this command"),
  PROTOCOL_TYPE(
      "ERR",
      "Wrong protocol type name. Please use one of the following: string|integer|double|bignum|"
          + "null|array|set|map|attrib|push|verbatim|true|false"),
  SLOWLOG_COUNT("ERR", "count should be greater than or equal to -1"),
  NO_LATENCY_SAMPLES("ERR", "No samples available for event '%s'"),
  HOTKEYS_METRICS_MISSING("ERR", "METRICS parameter is required"),
  HOTKEYS_METRICS_COUNT("ERR", "METRICS count must be > 0 and <= 2"),
  HOTKEYS_METRICS_TWICE("ERR", "METRICS %s defined more than once!"),
  HOTKEYS_METRICS_FEWER("ERR", "METRICS count does not match number of metric types provided"),
  HOTKEYS_METRICS_UNKNOWN("ERR", "METRICS no valid metrics passed. Supported: CPU|NET"),
  HOTKEYS_COUNT("ERR", "COUNT must be between 1 and 64"),
  HOTKEYS_DURATION("ERR", "DURATION must be between 1 and 1000000"),
  HOTKEYS_SAMPLE("ERR", "SAMPLE ratio must be positive"),
  HOTKEYS_SLOTS("ERR", "SLOTS parameter cannot be used in non-cluster mode"),
  HOTKEYS_STARTED("ERR", "hotkey tracking session already in progress"),
  HOTKEYS_NOT_STOPPED("ERR", "hotkey tracking session in progress, stop tracking first"),
  NO_CLUSTER("ERR", "This instance has cluster support disabled"),
  NO_MODULES("ERR", "Carillon loads no modules"),
  UNKNOWN_CATEGORY("ERR", "Unknown category '%.128s'"),
  ACL_NO_SUCH_USER("ERR", "User '%s' not found"),
  ACL_NO_SUCH_COMMAND("ERR", "Command '%s' not found"),
  ACL_RULE("ERR", "Error in ACL SETUSER modifier '%s': %s"),
  ACL_UNMATCHED("ERR", "Unmatched parenthesis in acl selector starting at '%s'."),
  ACL_USER_NAME("ERR", "Usernames can't contain spaces or null characters"),
  ACL_DEFAULT_USER("ERR", "The 'default' user cannot be removed"),
  ACL_NO_FILE(
      "ERR",
      "This Redis instance is not configured to use an ACL file. You may want to specify users via"
          + " the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis"
          + " configuration file set) in order to store users in the Redis configuration."),
  ACL_SAVE(
      "ERR",
      "There was an error trying to save the ACLs. Please check the server logs for more"
          + " information"),
  ACL_LOAD("ERR", "%s"),
  ACL_GENPASS(
      "ERR",
      "ACL GENPASS argument must be the number of bits for the output password, a positive number"
          + " up to 4096"),
  SORT_BY_DENIED("ERR", "BY option of SORT denied due to insufficient ACL permissions."),
  SORT_GET_DENIED("ERR", "GET option of SORT denied due to insufficient ACL permissions."),
  NO_SHUTDOWN("ERR", "No shutdown in progress."),
  SHUTDOWN_FAILED("ERR", "Errors trying to SHUTDOWN. Check logs."),

  // --------------------------------------------------------------------------------------- feeds
  FEED_KEY("ERR", "key is a feed; use FEED DROP"),
  FEED_EXISTS("ERR", "a key of this name, or of one of its partitions, exists already"),
  NO_SUCH_FEED("ERR", "no such feed"),
  FEED_OPTIONS("ERR", "FEED CREATE: %s"),
  FEED_WITHOUT_JOURNAL(
      "ERR",
      "a feed keeps its entries in the journal: start with appendonly yes, or say VOLATILE for one"
          + " that does not outlive the server"),
  FEED_BEFORE_JOURNAL(
      "ERR",
      "the journal begins, and is not in force before its first snapshot is on the disk: try again,"
          + " or say VOLATILE"),
  FEED_NOT_REPEATED("ERR", "there is no such feed, or its last entry is not the one before it"),
  FEED_TRIMMED(
      "ERR",
      "feed '%s': entries behind %s are trimmed up to %s; go on from there, or from 0 for what is"
          + " kept"),

  // ---------------------------------------------------------------------- snapshots and journal
  NOT_SAVED("ERR", ""),
  SAVING_ALREADY("ERR", "Background save already in progress"),
  REWRITING_ALREADY("ERR", "Background append only file rewriting already in progress"),
  OTHER_WORK_IN_BACKGROUND(
      "ERR",
      "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order"
          + " to schedule a BGSAVE whenever possible."),
  CANNOT_REWRITE(
      "ERR",
      "Can't execute an AOF background rewriting. Please check the server logs for more"
          + " information."),
  NOWHERE_TO_SAVE("ERR", "this server keeps nothing: it was started without a directory"),
  SNAPSHOT_FAILED(
      "MISCONF",
      "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."
          + " Commands that may modify the data set are disabled, because this instance is"
          + " configured to report errors during writes if RDB snapshotting fails"
          + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
          + " the RDB error."),
  NO_REPLICATION(
      "ERR", "Carillon does not replicate yet: it follows no other server and feeds no replicas"),

  // ---------------------------------------------------------------------------- configuration
  CONFIG("ERR", "%s");

  private final String code;
  private final String text;
  private final boolean fixed;
  private final CommandError instance;

  Errors(String code, String text) {
    this.code = code;
    this.text = text;
    this.fixed = !text.contains("%s") && !text.contains("%.");
    this.instance = new CommandError(text.isEmpty() ? code : code + " " + text);
  }

  /** The word at the beginning of the reply. */
  public String code() {
    return code;
  }

  /** The refusal of a row without placeholders; the same instance every time. */
  public CommandError error() {
    assert fixed : this + " needs details";
    return instance;
  }

  /**
   * The refusal with what the request said put into the text.
   *
   * @param details texts, numbers or {@link Bytes}, of which {@link #shown} is shown
   */
  public CommandError error(Object... details) {
    Object[] shown = new Object[details.length];
    for (int i = 0; i < details.length; i++) {
      shown[i] = details[i] instanceof Bytes bytes ? shown(bytes) : details[i];
    }
    return new CommandError(code + " " + String.format(text, shown));
  }

  /** The part of a string that Redis repeats in an error: it ends before the first byte of zero. */
  public static String shown(Bytes text) {
    String whole = text.toLatin1();
    int end = whole.indexOf(0);
    return end < 0 ? whole : whole.substring(0, end);
  }
}
