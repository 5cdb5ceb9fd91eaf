package dev.carillon.engine.command;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Redis publishes of the arguments of its commands, and what it tells clients of clusters
 * about them (tips), for COMMAND DOCS and COMMAND INFO. Nothing here decides how a request is read.
 *
 * <p>A command begins a line; lines that are indented go on with it. Its tips come first, each
 * behind a tilde, then its arguments:
 *
 * <pre>
 * name:type       key, string, integer, double, pattern, unix-time, pure-token, oneof or block
 * {@literal @}0              belongs to the first key specification
 * =WORD           is that word, or follows it; in apostrophes where it is not made of letters
 * &lt;6.2.0&gt;         since that version
 * !6.2.0!         no longer to be used since that version
 * ? * +           may be left out, may be repeated, may be repeated with its word
 * ( ... )         the choices of a oneof, the parts of a block
 * </pre>
 *
 * Made of the facts of commands of 8.10 and the tips of a server of 8.9.241. Read when first asked
 * for; any thread.
 */
public final class Grammars {

  private static final String TEXT =
      """
      acl|cat category:string?
      acl|deluser ~request_policy:all_nodes ~response_policy:all_succeeded username:string*
      acl|dryrun username:string command:string arg:string?*
      acl|genpass bits:integer?
      acl|getuser username:string
      acl|log operation:oneof?( count:integer reset:pure-token=RESET )
      acl|save ~request_policy:all_nodes ~response_policy:all_succeeded
      acl|setuser ~request_policy:all_nodes ~response_policy:all_succeeded username:string
        rule:string?*
      append key:key@0 value:string
      arcount key:key@0
      ardel key:key@0 index:integer*
      ardelrange key:key@0 range:block*( start:integer end:integer )
      arget key:key@0 index:integer
      argetrange key:key@0 start:integer end:integer
      argrep key:key@0 start:string end:string predicate:oneof*( exact:block(
        exact:pure-token=EXACT string:string ) match:block( match:pure-token=MATCH string:string )
        glob:block( glob:pure-token=GLOB pattern:string ) re:block( re:pure-token=RE
        pattern:string ) ) options:oneof?*( and:pure-token=AND or:pure-token=OR
        limit:integer=LIMIT withvalues:pure-token=WITHVALUES nocase:pure-token=NOCASE )
      arinfo key:key@0 full:pure-token=FULL?
      arinsert key:key@0 value:string*
      arlastitems key:key@0 count:integer rev:pure-token=REV?
      arlen key:key@0
      armget key:key@0 index:integer*
      armset key:key@0 data:block*( index:integer value:string )
      arnext key:key@0
      arop key:key@0 start:integer end:integer operation:oneof( sum:pure-token=SUM
        min:pure-token=MIN max:pure-token=MAX and:pure-token=AND or:pure-token=OR
        xor:pure-token=XOR match:block( match:pure-token=MATCH value:string ) used:pure-token=USED
        )
      arring key:key@0 size:integer value:string*
      arscan key:key@0 start:integer end:integer limit:integer=LIMIT?
      arseek key:key@0 index:integer
      arset key:key@0 index:integer value:string*
      auth username:string<6.0.0>? password:string
      bgsave schedule:pure-token=SCHEDULE<3.2.2>?
      bitcount key:key@0 range:block?( start:integer end:integer unit:oneof<7.0.0>?(
        byte:pure-token=BYTE bit:pure-token=BIT ) )
      bitfield key:key@0 operation:oneof?*( get-block:block=GET( encoding:string offset:integer )
        write:block( overflow-block:oneof=OVERFLOW?( wrap:pure-token=WRAP sat:pure-token=SAT
        fail:pure-token=FAIL ) write-operation:oneof( set-block:block=SET( encoding:string
        offset:integer value:integer ) incrby-block:block=INCRBY( encoding:string offset:integer
        increment:integer ) ) ) )
      bitfield_ro key:key@0 get-block:block=GET?*+( encoding:string offset:integer )
      bitop operation:oneof( and:pure-token=AND or:pure-token=OR xor:pure-token=XOR
        not:pure-token=NOT ) destkey:key@0 key:key@1*
      bitpos key:key@0 bit:integer range:block?( start:integer end-unit-block:block?( end:integer
        unit:oneof<7.0.0>?( byte:pure-token=BYTE bit:pure-token=BIT ) ) )
      blmove source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
        right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT right:pure-token=RIGHT )
        timeout:double
      blmovem source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
        right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT right:pure-token=RIGHT )
        timeout:double how-many:block?( selector:oneof( count:integer=COUNT
        exactly:integer=EXACTLY ) ordering:oneof( obo:pure-token=OBO bulk:pure-token=BULK ) )
      blmpop timeout:double numkeys:integer key:key@0* where:oneof( left:pure-token=LEFT
        right:pure-token=RIGHT ) count:integer=COUNT?
      blpop key:key@0* timeout:double
      brpop key:key@0* timeout:double
      brpoplpush source:key@0 destination:key@1 timeout:double
      bzmpop timeout:double numkeys:integer key:key@0* where:oneof( min:pure-token=MIN
        max:pure-token=MAX ) count:integer=COUNT?
      bzpopmax key:key@0* timeout:double
      bzpopmin key:key@0* timeout:double
      client|caching mode:oneof( yes:pure-token=YES no:pure-token=NO )
      client|info ~nondeterministic_output
      client|kill filter:oneof( old-format:string!2.8.12! new-format:oneof*(
        client-id:integer=ID<2.8.12>? client-type:oneof=TYPE<2.8.12>?( normal:pure-token=NORMAL
        master:pure-token=MASTER<3.2.0> slave:pure-token=SLAVE replica:pure-token=REPLICA<5.0.0>
        pubsub:pure-token=PUBSUB ) username:string=USER? addr:string=ADDR?
        laddr:string=LADDR<6.2.0>? skipme:oneof=SKIPME?( yes:pure-token=YES no:pure-token=NO )
        maxage:integer=MAXAGE<7.4.0>? ) )
      client|list ~nondeterministic_output client-type:oneof=TYPE<5.0.0>?(
        normal:pure-token=NORMAL master:pure-token=MASTER replica:pure-token=REPLICA
        pubsub:pure-token=PUBSUB ) client-id:integer=ID<6.2.0>?*
      client|no-evict enabled:oneof( on:pure-token=ON off:pure-token=OFF )
      client|no-touch enabled:oneof( on:pure-token=ON off:pure-token=OFF )
      client|pause timeout:integer mode:oneof<6.2.0>?( write:pure-token=WRITE all:pure-token=ALL )
      client|reply action:oneof( on:pure-token=ON off:pure-token=OFF skip:pure-token=SKIP )
      client|setinfo ~request_policy:all_nodes ~response_policy:all_succeeded attr:oneof(
        libname:string=LIB-NAME libver:string=LIB-VER )
      client|setname ~request_policy:all_nodes ~response_policy:all_succeeded
        connection-name:string
      client|tracking status:oneof( on:pure-token=ON off:pure-token=OFF )
        client-id:integer=REDIRECT? prefix:string=PREFIX?*+ bcast:pure-token=BCAST?
        optin:pure-token=OPTIN? optout:pure-token=OPTOUT? noloop:pure-token=NOLOOP?
      client|unblock client-id:integer unblock-type:oneof?( timeout:pure-token=TIMEOUT
        error:pure-token=ERROR )
      cluster|addslots slot:integer*
      cluster|addslotsrange range:block*( start-slot:integer end-slot:integer )
      cluster|bumpepoch ~nondeterministic_output
      cluster|count-failure-reports ~nondeterministic_output node-id:string
      cluster|countkeysinslot slot:integer
      cluster|delslots slot:integer*
      cluster|delslotsrange range:block*( start-slot:integer end-slot:integer )
      cluster|failover options:oneof?( force:pure-token=FORCE takeover:pure-token=TAKEOVER )
      cluster|forget node-id:string
      cluster|getkeysinslot ~nondeterministic_output slot:integer count:integer
      cluster|info ~nondeterministic_output
      cluster|keyslot key:string
      cluster|links ~nondeterministic_output
      cluster|meet ip:string port:integer cluster-bus-port:integer<4.0.0>?
      cluster|migration subcommand:oneof( import:block=IMPORT*( start-slot:integer
        end-slot:integer ) cancel:oneof=CANCEL( task-id:string=ID all:pure-token=ALL )
        status:oneof=STATUS( task-id:string=ID? all:pure-token=ALL? ) )
      cluster|myshardid ~nondeterministic_output
      cluster|nodes ~nondeterministic_output
      cluster|replicas ~nondeterministic_output node-id:string
      cluster|replicate node-id:string
      cluster|reset reset-type:oneof?( hard:pure-token=HARD soft:pure-token=SOFT )
      cluster|set-config-epoch config-epoch:integer
      cluster|setslot slot:integer subcommand:oneof( importing:string=IMPORTING
        migrating:string=MIGRATING node:string=NODE stable:pure-token=STABLE )
      cluster|shards ~nondeterministic_output
      cluster|slaves ~nondeterministic_output node-id:string
      cluster|slot-stats ~nondeterministic_output ~request_policy:all_shards filter:oneof(
        slotsrange:block=SLOTSRANGE( start-slot:integer end-slot:integer ) orderby:block=ORDERBY(
        metric:string limit:integer=LIMIT? order:oneof?( asc:pure-token=ASC desc:pure-token=DESC )
        ) )
      cluster|slots ~nondeterministic_output
      command ~nondeterministic_output_order
      command|docs ~nondeterministic_output_order command-name:string?*
      command|getkeys command:string arg:string?*
      command|getkeysandflags command:string arg:string?*
      command|info ~nondeterministic_output_order command-name:string?*
      command|list ~nondeterministic_output_order filterby:oneof=FILTERBY?(
        module-name:string=MODULE category:string=ACLCAT pattern:pattern=PATTERN )
      config|get parameter:string*
      config|resetstat ~request_policy:all_nodes ~response_policy:all_succeeded
      config|rewrite ~request_policy:all_nodes ~response_policy:all_succeeded
      config|set ~request_policy:all_nodes ~response_policy:all_succeeded data:block*(
        parameter:string value:string )
      copy source:key@0 destination:key@1 destination-db:integer=DB? replace:pure-token=REPLACE?
      dbsize ~request_policy:all_shards ~response_policy:agg_sum
      decr key:key@0
      decrby key:key@0 decrement:integer
      del ~request_policy:multi_shard ~response_policy:agg_sum key:key@0*
      delex key:key@0 condition:oneof?( ifeq-value:string=IFEQ ifne-value:string=IFNE
        ifdeq-digest:string=IFDEQ ifdne-digest:string=IFDNE )
      digest key:key@0
      dump ~nondeterministic_output key:key@0
      echo message:string
      exists ~request_policy:multi_shard ~response_policy:agg_sum key:key@0*
      expire key:key@0 seconds:integer condition:oneof<7.0.0>?( nx:pure-token=NX xx:pure-token=XX
        gt:pure-token=GT lt:pure-token=LT )
      expireat key:key@0 unix-time-seconds:unix-time condition:oneof<7.0.0>?( nx:pure-token=NX
        xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
      expiretime key:key@0
      failover target:block=TO?( host:string port:integer force:pure-token=FORCE? )
        abort:pure-token=ABORT? milliseconds:integer=TIMEOUT?
      flushall ~request_policy:all_shards ~response_policy:all_succeeded flush-type:oneof?(
        async:pure-token=ASYNC<4.0.0> sync:pure-token=SYNC<6.2.0> )
      flushdb ~request_policy:all_shards ~response_policy:all_succeeded flush-type:oneof?(
        async:pure-token=ASYNC<4.0.0> sync:pure-token=SYNC<6.2.0> )
      geoadd key:key@0 condition:oneof<6.2.0>?( nx:pure-token=NX xx:pure-token=XX )
        change:pure-token=CH<6.2.0>? data:block*( longitude:double latitude:double member:string )
      geodist key:key@0 member1:string member2:string unit:oneof?( m:pure-token=M km:pure-token=KM
        ft:pure-token=FT mi:pure-token=MI )
      geohash key:key@0 member:string?*
      geopos key:key@0 member:string?*
      georadius key:key@0 longitude:double latitude:double radius:double unit:oneof(
        m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI )
        withcoord:pure-token=WITHCOORD? withdist:pure-token=WITHDIST?
        withhash:pure-token=WITHHASH? count-block:block?( count:integer=COUNT
        any:pure-token=ANY<6.2.0>? ) order:oneof?( asc:pure-token=ASC desc:pure-token=DESC )
        store:oneof?( storekey:key@1=STORE storedistkey:key@2=STOREDIST )
      georadius_ro key:key@0 longitude:double latitude:double radius:double unit:oneof(
        m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI )
        withcoord:pure-token=WITHCOORD? withdist:pure-token=WITHDIST?
        withhash:pure-token=WITHHASH? count-block:block?( count:integer=COUNT
        any:pure-token=ANY<6.2.0>? ) order:oneof?( asc:pure-token=ASC desc:pure-token=DESC )
      georadiusbymember key:key@0 member:string radius:double unit:oneof( m:pure-token=M
        km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
        withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
        count:integer=COUNT any:pure-token=ANY? ) order:oneof?( asc:pure-token=ASC
        desc:pure-token=DESC ) store:oneof?( storekey:key@1=STORE storedistkey:key@2=STOREDIST )
      georadiusbymember_ro key:key@0 member:string radius:double unit:oneof( m:pure-token=M
        km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) withcoord:pure-token=WITHCOORD?
        withdist:pure-token=WITHDIST? withhash:pure-token=WITHHASH? count-block:block?(
        count:integer=COUNT any:pure-token=ANY? ) order:oneof?( asc:pure-token=ASC
        desc:pure-token=DESC )
      geosearch key:key@0 from:oneof( member:string=FROMMEMBER fromlonlat:block=FROMLONLAT(
        longitude:double latitude:double ) ) by:oneof( circle:block( radius:double=BYRADIUS
        unit:oneof( m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) )
        box:block( width:double=BYBOX height:double unit:oneof( m:pure-token=M km:pure-token=KM
        ft:pure-token=FT mi:pure-token=MI ) ) ) order:oneof?( asc:pure-token=ASC
        desc:pure-token=DESC ) count-block:block?( count:integer=COUNT any:pure-token=ANY? )
        withcoord:pure-token=WITHCOORD? withdist:pure-token=WITHDIST?
        withhash:pure-token=WITHHASH?
      geosearchstore destination:key@0 source:key@1 from:oneof( member:string=FROMMEMBER
        fromlonlat:block=FROMLONLAT( longitude:double latitude:double ) ) by:oneof( circle:block(
        radius:double=BYRADIUS unit:oneof( m:pure-token=M km:pure-token=KM ft:pure-token=FT
        mi:pure-token=MI ) ) box:block( width:double=BYBOX height:double unit:oneof(
        m:pure-token=M km:pure-token=KM ft:pure-token=FT mi:pure-token=MI ) ) ) order:oneof?(
        asc:pure-token=ASC desc:pure-token=DESC ) count-block:block?( count:integer=COUNT
        any:pure-token=ANY? ) storedist:pure-token=STOREDIST?
      get key:key@0
      getbit key:key@0 offset:integer
      getdel key:key@0
      getex key:key@0 expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
        unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
        persist:pure-token=PERSIST )
      getrange key:key@0 start:integer end:integer
      getset key:key@0 value:string
      hdel key:key@0 field:string*
      hello arguments:block?( protover:integer auth:block=AUTH?( username:string password:string )
        clientname:string=SETNAME? )
      hexists key:key@0 field:string
      hexpire key:key@0 seconds:integer condition:oneof?( nx:pure-token=NX xx:pure-token=XX
        gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS( numfields:integer field:string* )
      hexpireat key:key@0 unix-time-seconds:unix-time condition:oneof?( nx:pure-token=NX
        xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS(
        numfields:integer field:string* )
      hexpiretime key:key@0 fields:block=FIELDS( numfields:integer field:string* )
      hget key:key@0 field:string
      hgetall ~nondeterministic_output_order key:key@0
      hgetdel key:key@0 fields:block=FIELDS( numfields:integer field:string* )
      hgetex key:key@0 expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
        unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
        persist:pure-token=PERSIST ) fields:block=FIELDS( numfields:integer field:string* )
      himport|discard ~request_policy:all_shards ~response_policy:agg_max fieldset-name:string
      himport|discardall ~request_policy:all_shards ~response_policy:agg_max
      himport|prepare ~request_policy:all_shards ~response_policy:all_succeeded
        fieldset-name:string field:string*
      himport|set key:key@0 fieldset-name:string value:string*
      hincrby key:key@0 field:string increment:integer
      hincrbyfloat key:key@0 field:string increment:double
      hkeys ~nondeterministic_output_order key:key@0
      hlen key:key@0
      hmget key:key@0 field:string*
      hmset key:key@0 data:block*( field:string value:string )
      hotkeys|get ~nondeterministic_output
      hotkeys|start metrics:block=METRICS( count:integer cpu:pure-token=CPU? net:pure-token=NET? )
        k:integer=COUNT? seconds:integer=DURATION? ratio:integer=SAMPLE? slots:block=SLOTS?(
        count:integer slot:integer* )
      hpersist key:key@0 fields:block=FIELDS( numfields:integer field:string* )
      hpexpire key:key@0 milliseconds:integer condition:oneof?( nx:pure-token=NX xx:pure-token=XX
        gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS( numfields:integer field:string* )
      hpexpireat key:key@0 unix-time-milliseconds:unix-time condition:oneof?( nx:pure-token=NX
        xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT ) fields:block=FIELDS(
        numfields:integer field:string* )
      hpexpiretime key:key@0 fields:block=FIELDS( numfields:integer field:string* )
      hpttl ~nondeterministic_output key:key@0 fields:block=FIELDS( numfields:integer
        field:string* )
      hrandfield ~nondeterministic_output key:key@0 options:block?( count:integer
        withvalues:pure-token=WITHVALUES? )
      hscan ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
        count:integer=COUNT? novalues:pure-token=NOVALUES?
      hset key:key@0 data:block*( field:string value:string )
      hsetex key:key@0 condition:oneof?( fnx:pure-token=FNX fxx:pure-token=FXX )
        expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
        unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
        keepttl:pure-token=KEEPTTL ) fields:block=FIELDS( numfields:integer data:block*(
        field:string value:string ) )
      hsetnx key:key@0 field:string value:string
      hstrlen key:key@0 field:string
      httl ~nondeterministic_output key:key@0 fields:block=FIELDS( numfields:integer field:string*
        )
      hvals ~nondeterministic_output_order key:key@0
      incr key:key@0
      incrby key:key@0 increment:integer
      incrbyfloat key:key@0 increment:double
      increx key:key@0 increment:oneof?( float:double=BYFLOAT integer:integer=BYINT )
        saturate:pure-token=SATURATE? lowerbound:string=LBOUND? upperbound:string=UBOUND?
        expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
        unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
        persist:pure-token=PERSIST ) enx:pure-token=ENX?
      info ~nondeterministic_output ~request_policy:all_shards ~response_policy:special
        section:string?*
      keys ~request_policy:all_shards ~nondeterministic_output_order pattern:pattern
      lastsave ~nondeterministic_output
      latency|doctor ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
      latency|graph ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
        event:string
      latency|histogram ~nondeterministic_output ~request_policy:all_nodes
        ~response_policy:special command:string?*
      latency|history ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
        event:string
      latency|latest ~nondeterministic_output ~request_policy:all_nodes ~response_policy:special
      latency|reset ~request_policy:all_nodes ~response_policy:agg_sum event:string?*
      lcs key1:key@0 key2:key@0 len:pure-token=LEN? idx:pure-token=IDX?
        min-match-len:integer=MINMATCHLEN? withmatchlen:pure-token=WITHMATCHLEN?
      lindex key:key@0 index:integer
      linsert key:key@0 where:oneof( before:pure-token=BEFORE after:pure-token=AFTER )
        pivot:string element:string
      llen key:key@0
      lmove source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
        right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT right:pure-token=RIGHT )
      lmovem source:key@0 destination:key@1 wherefrom:oneof( left:pure-token=LEFT
        right:pure-token=RIGHT ) whereto:oneof( left:pure-token=LEFT right:pure-token=RIGHT )
        how-many:block?( selector:oneof( count:integer=COUNT exactly:integer=EXACTLY )
        ordering:oneof( obo:pure-token=OBO bulk:pure-token=BULK ) )
      lmpop numkeys:integer key:key@0* where:oneof( left:pure-token=LEFT right:pure-token=RIGHT )
        count:integer=COUNT?
      lolwut version:integer=VERSION?
      lpop key:key@0 count:integer<6.2.0>?
      lpos key:key@0 element:string rank:integer=RANK? num-matches:integer=COUNT?
        len:integer=MAXLEN?
      lpush key:key@0 element:string*
      lpushx key:key@0 element:string*
      lrange key:key@0 start:integer stop:integer
      lrem key:key@0 count:integer element:string
      lset key:key@0 index:integer element:string
      ltrim key:key@0 start:integer stop:integer
      memory|doctor ~nondeterministic_output ~request_policy:all_shards ~response_policy:special
      memory|malloc-stats ~nondeterministic_output ~request_policy:all_shards
        ~response_policy:special
      memory|purge ~request_policy:all_shards ~response_policy:all_succeeded
      memory|stats ~nondeterministic_output ~request_policy:all_shards ~response_policy:special
      memory|usage key:key@0 count:integer=SAMPLES?
      mget ~request_policy:multi_shard key:key@0*
      migrate ~nondeterministic_output host:string port:integer key-selector:oneof( key:key@0
        empty-string:pure-token='' ) destination-db:integer timeout:integer
        copy:pure-token=COPY<3.0.0>? replace:pure-token=REPLACE<3.0.0>? authentication:oneof?(
        auth:string=AUTH<4.0.7> auth2:block=AUTH2<6.0.0>( username:string password:string ) )
        keys:key@1=KEYS<3.0.6>?*
      module|list ~nondeterministic_output_order
      module|load path:string arg:string?*
      module|loadex path:string configs:block=CONFIG?*+( name:string value:string )
        args:string=ARGS?*
      module|unload name:string
      move key:key@0 db:integer
      mset ~request_policy:multi_shard ~response_policy:all_succeeded data:block*( key:key@0
        value:string )
      msetex numkeys:integer data:block*( key:key@0 value:string ) condition:oneof?(
        nx:pure-token=NX xx:pure-token=XX ) expiration:oneof?( seconds:integer=EX
        milliseconds:integer=PX unix-time-seconds:unix-time=EXAT
        unix-time-milliseconds:unix-time=PXAT keepttl:pure-token=KEEPTTL )
      msetnx data:block*( key:key@0 value:string )
      object|encoding ~nondeterministic_output key:key@0
      object|freq ~nondeterministic_output key:key@0
      object|idletime ~nondeterministic_output key:key@0
      object|refcount ~nondeterministic_output key:key@0
      persist key:key@0
      pexpire key:key@0 milliseconds:integer condition:oneof<7.0.0>?( nx:pure-token=NX
        xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
      pexpireat key:key@0 unix-time-milliseconds:unix-time condition:oneof<7.0.0>?(
        nx:pure-token=NX xx:pure-token=XX gt:pure-token=GT lt:pure-token=LT )
      pexpiretime key:key@0
      pfadd key:key@0 element:string?*
      pfcount key:key@0*
      pfdebug subcommand:string key:key@0
      pfmerge destkey:key@0 sourcekey:key@1?*
      ping ~request_policy:all_shards ~response_policy:all_succeeded message:string?
      psetex key:key@0 milliseconds:integer value:string
      psubscribe pattern:pattern*
      psync replicationid:string offset:integer
      pttl ~nondeterministic_output key:key@0
      publish channel:string message:string
      pubsub|channels pattern:pattern?
      pubsub|numsub channel:string?*
      pubsub|shardchannels pattern:pattern?
      pubsub|shardnumsub shardchannel:string?*
      punsubscribe pattern:pattern?*
      randomkey ~request_policy:all_shards ~response_policy:special ~nondeterministic_output
      rename key:key@0 newkey:key@1
      renamenx key:key@0 newkey:key@1
      replicaof args:oneof( host-port:block( host:string port:integer ) no-one:block(
        no:pure-token=NO one:pure-token=ONE ) )
      restore key:key@0 ttl:integer serialized-value:string replace:pure-token=REPLACE<3.0.0>?
        absttl:pure-token=ABSTTL<5.0.0>? seconds:integer=IDLETIME<5.0.0>?
        frequency:integer=FREQ<5.0.0>?
      restore-asking key:key@0 ttl:integer serialized-value:string
        replace:pure-token=REPLACE<3.0.0>? absttl:pure-token=ABSTTL<5.0.0>?
        seconds:integer=IDLETIME<5.0.0>? frequency:integer=FREQ<5.0.0>?
      rpop key:key@0 count:integer<6.2.0>?
      rpoplpush source:key@0 destination:key@1
      rpush key:key@0 element:string*
      rpushx key:key@0 element:string*
      sadd key:key@0 member:string*
      scan ~nondeterministic_output ~request_policy:special ~response_policy:special
        cursor:integer pattern:pattern=MATCH? count:integer=COUNT? type:string=TYPE<6.0.0>?
      scard key:key@0
      sdiff ~nondeterministic_output_order key:key@0*
      sdiffcard numkeys:integer key:key@0* limit:integer=LIMIT?
      sdiffstore destination:key@0 key:key@1*
      select index:integer
      set key:key@0 value:string condition:oneof<2.6.12>?( nx:pure-token=NX xx:pure-token=XX
        ifeq-value:string=IFEQ<8.4.0> ifne-value:string=IFNE<8.4.0>
        ifdeq-digest:string=IFDEQ<8.4.0> ifdne-digest:string=IFDNE<8.4.0> )
        get:pure-token=GET<6.2.0>? expiration:oneof?( seconds:integer=EX<2.6.12>
        milliseconds:integer=PX<2.6.12> unix-time-seconds:unix-time=EXAT<6.2.0>
        unix-time-milliseconds:unix-time=PXAT<6.2.0> keepttl:pure-token=KEEPTTL<6.0.0> )
      setbit key:key@0 offset:integer value:integer
      setex key:key@0 seconds:integer value:string
      setnx key:key@0 value:string
      setrange key:key@0 offset:integer value:string
      shutdown save-selector:oneof?( nosave:pure-token=NOSAVE save:pure-token=SAVE )
        now:pure-token=NOW<7.0.0>? force:pure-token=FORCE<7.0.0>? abort:pure-token=ABORT<7.0.0>?
      sinter ~nondeterministic_output_order key:key@0*
      sintercard numkeys:integer key:key@0* limit:integer=LIMIT?
      sinterstore destination:key@0 key:key@1*
      sismember key:key@0 member:string
      slaveof args:oneof( host-port:block( host:string port:integer ) no-one:block(
        no:pure-token=NO one:pure-token=ONE ) )
      slowlog|get ~request_policy:all_nodes ~nondeterministic_output count:integer?
      slowlog|len ~request_policy:all_nodes ~response_policy:agg_sum ~nondeterministic_output
      slowlog|reset ~request_policy:all_nodes ~response_policy:all_succeeded
      smembers ~nondeterministic_output_order key:key@0
      smismember key:key@0 member:string*
      smove source:key@0 destination:key@1 member:string
      sort key:key@0 by-pattern:pattern@1=BY? limit:block=LIMIT?( offset:integer count:integer )
        get-pattern:pattern@1=GET?*+ order:oneof?( asc:pure-token=ASC desc:pure-token=DESC )
        sorting:pure-token=ALPHA? destination:key@2=STORE?
      sort_ro key:key@0 by-pattern:pattern@1=BY? limit:block=LIMIT?( offset:integer count:integer
        ) get-pattern:pattern@1=GET?*+ order:oneof?( asc:pure-token=ASC desc:pure-token=DESC )
        sorting:pure-token=ALPHA?
      spop ~nondeterministic_output key:key@0 count:integer<3.2.0>?
      spublish shardchannel:string message:string
      srandmember ~nondeterministic_output key:key@0 count:integer<2.6.0>?
      srem key:key@0 member:string*
      sscan ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
        count:integer=COUNT?
      ssubscribe shardchannel:string*
      strlen key:key@0
      subscribe channel:string*
      substr key:key@0 start:integer end:integer
      sunion ~nondeterministic_output_order key:key@0*
      sunioncard numkeys:integer key:key@0* approx:pure-token=APPROX? limit:integer=LIMIT?
      sunionstore destination:key@0 key:key@1*
      sunsubscribe shardchannel:string?*
      swapdb index1:integer index2:integer
      time ~nondeterministic_output
      touch ~request_policy:multi_shard ~response_policy:agg_sum key:key@0*
      ttl ~nondeterministic_output key:key@0
      type key:key@0
      unlink ~request_policy:multi_shard ~response_policy:agg_sum key:key@0*
      unsubscribe channel:string?*
      wait ~request_policy:all_shards ~response_policy:agg_min numreplicas:integer timeout:integer
      waitaof ~request_policy:all_shards ~response_policy:agg_min numlocal:integer
        numreplicas:integer timeout:integer
      watch key:key@0*
      xack key:key@0 group:string id:string*
      xackdel key:key@0 group:string condition:oneof?( keepref:pure-token=KEEPREF
        delref:pure-token=DELREF acked:pure-token=ACKED ) ids:block=IDS( numids:integer id:string*
        )
      xadd ~nondeterministic_output key:key@0 nomkstream:pure-token=NOMKSTREAM<6.2.0>?
        condition:oneof?( keepref:pure-token=KEEPREF delref:pure-token=DELREF
        acked:pure-token=ACKED ) idmp:oneof<8.6.0>?( pid:string=IDMPAUTO idmp:block=IDMP(
        pid:string iid:string ) ) trim:block?( strategy:oneof( maxlen:pure-token=MAXLEN
        minid:pure-token=MINID<6.2.0> ) operator:oneof?( equal:pure-token='='
        approximately:pure-token='~' ) threshold:string count:integer=LIMIT<6.2.0>? )
        id-selector:oneof( auto-id:pure-token='*' id:string ) data:block*( field:string
        value:string )
      xautoclaim ~nondeterministic_output key:key@0 group:string consumer:string
        min-idle-time:string start:string count:integer=COUNT? justid:pure-token=JUSTID?
      xcfgset key:key@0 idmp-duration:integer=IDMP-DURATION? idmp-maxsize:integer=IDMP-MAXSIZE?
      xclaim ~nondeterministic_output key:key@0 group:string consumer:string min-idle-time:string
        id:string* ms:integer=IDLE? unix-time-milliseconds:unix-time=TIME?
        count:integer=RETRYCOUNT? force:pure-token=FORCE? justid:pure-token=JUSTID?
        lastid:string=LASTID?
      xdel key:key@0 id:string*
      xdelex key:key@0 condition:oneof?( keepref:pure-token=KEEPREF delref:pure-token=DELREF
        acked:pure-token=ACKED ) ids:block=IDS( numids:integer id:string* )
      xgroup|create key:key@0 group:string id-selector:oneof( id:string new-id:pure-token='$' )
        mkstream:pure-token=MKSTREAM? entriesread:integer=ENTRIESREAD?
      xgroup|createconsumer key:key@0 group:string consumer:string
      xgroup|delconsumer key:key@0 group:string consumer:string
      xgroup|destroy key:key@0 group:string
      xgroup|setid key:key@0 group:string id-selector:oneof( id:string new-id:pure-token='$' )
        entriesread:integer=ENTRIESREAD?
      xidmprecord key:key@0 pid:string iid:string stream-id:string
      xinfo|consumers ~nondeterministic_output key:key@0 group:string
      xinfo|groups key:key@0
      xinfo|stream key:key@0 full-block:block?( full:pure-token=FULL count:integer=COUNT? )
      xlen key:key@0
      xnack key:key@0 group:string mode:oneof( silent:pure-token=SILENT fail:pure-token=FAIL
        fatal:pure-token=FATAL ) ids:block=IDS( numids:integer id:string* )
        count:integer=RETRYCOUNT? force:pure-token=FORCE?
      xpending ~nondeterministic_output key:key@0 group:string filters:block?(
        min-idle-time:integer=IDLE<6.2.0>? start:string end:string count:integer consumer:string?
        )
      xrange key:key@0 start:string end:string count:integer=COUNT?
      xread count:integer=COUNT? maxcount:integer=MAXCOUNT<8.10.0>?
        maxsize:integer=MAXSIZE<8.10.0>? milliseconds:integer=BLOCK? streams:block=STREAMS(
        key:key@0* id:string* )
      xreadgroup group-block:block=GROUP( group:string consumer:string ) count:integer=COUNT?
        maxcount:integer=MAXCOUNT<8.10.0>? maxsize:integer=MAXSIZE<8.10.0>?
        milliseconds:integer=BLOCK? min-idle-time:integer=CLAIM<8.4.0>? noack:pure-token=NOACK?
        streams:block=STREAMS( key:key@0* id:string* )
      xrevrange key:key@0 end:string start:string count:integer=COUNT?
      xsetid key:key@0 last-id:string entries-added:integer=ENTRIESADDED<7.0.0>?
        max-deleted-id:string=MAXDELETEDID<7.0.0>?
      xtrim ~nondeterministic_output key:key@0 trim:block( strategy:oneof(
        maxlen:pure-token=MAXLEN minid:pure-token=MINID<6.2.0> ) operator:oneof?(
        equal:pure-token='=' approximately:pure-token='~' ) threshold:string
        count:integer=LIMIT<6.2.0>? )
      zadd key:key@0 condition:oneof<3.0.2>?( nx:pure-token=NX xx:pure-token=XX )
        comparison:oneof<6.2.0>?( gt:pure-token=GT lt:pure-token=LT ) change:pure-token=CH<3.0.2>?
        increment:pure-token=INCR<3.0.2>? data:block*( score:double member:string )
      zcard key:key@0
      zcount key:key@0 min:double max:double
      zdiff numkeys:integer key:key@0* withscores:pure-token=WITHSCORES?
      zdiffstore destination:key@0 numkeys:integer key:key@1*
      zincrby key:key@0 increment:integer member:string
      zinter numkeys:integer key:key@0* weight:integer=WEIGHTS?* aggregate:oneof=AGGREGATE?(
        sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX count:pure-token=COUNT )
        withscores:pure-token=WITHSCORES?
      zintercard numkeys:integer key:key@0* limit:integer=LIMIT?
      zinterstore destination:key@0 numkeys:integer key:key@1* weight:integer=WEIGHTS?*
        aggregate:oneof=AGGREGATE?( sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX
        count:pure-token=COUNT )
      zlexcount key:key@0 min:string max:string
      zmpop numkeys:integer key:key@0* where:oneof( min:pure-token=MIN max:pure-token=MAX )
        count:integer=COUNT?
      zmscore key:key@0 member:string*
      zpopmax key:key@0 count:integer?
      zpopmin key:key@0 count:integer?
      zrandmember ~nondeterministic_output key:key@0 options:block?( count:integer
        withscores:pure-token=WITHSCORES? )
      zrange key:key@0 start:string stop:string sortby:oneof<6.2.0>?( byscore:pure-token=BYSCORE
        bylex:pure-token=BYLEX ) rev:pure-token=REV<6.2.0>? limit:block=LIMIT<6.2.0>?(
        offset:integer count:integer ) withscores:pure-token=WITHSCORES?
      zrangebylex key:key@0 min:string max:string limit:block=LIMIT?( offset:integer count:integer
        )
      zrangebyscore key:key@0 min:double max:double withscores:pure-token=WITHSCORES<2.0.0>?
        limit:block=LIMIT?( offset:integer count:integer )
      zrangestore dst:key@0 src:key@1 min:string max:string sortby:oneof?(
        byscore:pure-token=BYSCORE bylex:pure-token=BYLEX ) rev:pure-token=REV?
        limit:block=LIMIT?( offset:integer count:integer )
      zrank key:key@0 member:string withscore:pure-token=WITHSCORE?
      zrem key:key@0 member:string*
      zremrangebylex key:key@0 min:string max:string
      zremrangebyrank key:key@0 start:integer stop:integer
      zremrangebyscore key:key@0 min:double max:double
      zrevrange key:key@0 start:integer stop:integer withscores:pure-token=WITHSCORES?
      zrevrangebylex key:key@0 max:string min:string limit:block=LIMIT?( offset:integer
        count:integer )
      zrevrangebyscore key:key@0 max:double min:double withscores:pure-token=WITHSCORES?
        limit:block=LIMIT?( offset:integer count:integer )
      zrevrank key:key@0 member:string withscore:pure-token=WITHSCORE?
      zscan ~nondeterministic_output key:key@0 cursor:integer pattern:pattern=MATCH?
        count:integer=COUNT?
      zscore key:key@0 member:string
      zunion numkeys:integer key:key@0* weight:integer=WEIGHTS?* aggregate:oneof=AGGREGATE?(
        sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX count:pure-token=COUNT )
        withscores:pure-token=WITHSCORES?
      zunionstore destination:key@0 numkeys:integer key:key@1* weight:integer=WEIGHTS?*
        aggregate:oneof=AGGREGATE?( sum:pure-token=SUM min:pure-token=MIN max:pure-token=MAX
        count:pure-token=COUNT )
      """;

  /** What is said of a command. */
  private static final class Lines {
    private static final Map<String, String> BY_NAME = read();

    private static Map<String, String> read() {
      Map<String, StringBuilder> lines = new HashMap<>();
      StringBuilder line = new StringBuilder();
      for (String part : TEXT.split("\n", -1)) {
        if (part.startsWith(" ")) {
          line.append(part.substring(1));
        } else if (!part.isEmpty()) {
          int end = part.indexOf(' ');
          line = new StringBuilder(part.substring(end + 1));
          lines.put(part.substring(0, end), line);
        }
      }
      Map<String, String> texts = HashMap.newHashMap(lines.size());
      lines.forEach((name, text) -> texts.put(name, text.toString()));
      return texts;
    }
  }

  /**
   * An argument of a command.
   *
   * @param name what Redis calls it
   * @param type as Redis spells it
   * @param keySpec the index of the key specification that it belongs to, or -1
   * @param token the word that it is, or that it follows; null if none
   * @param since the version that brought it, null if that is the command's own
   * @param deprecatedSince since when it is not to be used any more; null if it is
   * @param flags {@code optional}, {@code multiple} and {@code multiple_token}, as far as they
   *     apply
   * @param parts of a {@code oneof} or a {@code block}; else none
   */
  public record Argument(
      String name,
      String type,
      int keySpec,
      @Nullable String token,
      @Nullable String since,
      @Nullable String deprecatedSince,
      List<String> flags,
      List<Argument> parts) {

    /** Whether it consists of others, and has no text of its own to be shown. */
    public boolean isGroup() {
      return type.equals("oneof") || type.equals("block");
    }
  }

  private Grammars() {}

  /** The full names of the commands of which something is said. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(Lines.BY_NAME.keySet());
  }

  /**
   * The tips about a command, in Redis' order.
   *
   * @param fullName as {@link Command#fullName()} says it
   */
  public static List<String> tips(String fullName) {
    List<String> tips = new ArrayList<>();
    for (String word : words(fullName)) {
      if (word.startsWith("~")) {
        tips.add(word.substring(1));
      }
    }
    return tips;
  }

  /**
   * The arguments of a command, in order.
   *
   * @param fullName as {@link Command#fullName()} says it
   */
  public static List<Argument> arguments(String fullName) {
    List<String> words = new ArrayList<>(words(fullName));
    words.removeIf(word -> word.startsWith("~"));
    return arguments(words.listIterator());
  }

  private static List<String> words(String fullName) {
    String text = Lines.BY_NAME.get(fullName);
    return text == null ? List.of() : List.of(text.split(" "));
  }

  /** Up to the parenthesis that closes, or the end. */
  private static List<Argument> arguments(ListIterator<String> words) {
    List<Argument> arguments = new ArrayList<>();
    while (words.hasNext()) {
      String word = words.next();
      if (word.equals(")")) {
        break;
      }
      boolean isGroup = word.endsWith("(");
      Matcher matcher = ARGUMENT.matcher(isGroup ? word.substring(0, word.length() - 1) : word);
      if (!matcher.matches()) {
        throw new IllegalStateException("not an argument: " + word);
      }
      arguments.add(argument(matcher, isGroup ? arguments(words) : List.of()));
    }
    return arguments;
  }

  private static final Pattern ARGUMENT =
      Pattern.compile(
          "([^:]+):([a-z-]+)(?:@(\\d+))?(?:='?([^'<!?*+]*|[=~*$])'?)?(?:<([^>]+)>)?"
              + "(?:!([^!]+)!)?(\\??)(\\*?)(\\+?)");

  private static Argument argument(Matcher matcher, List<Argument> parts) {
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < FLAGS.size(); i++) {
      if (!matcher.group(7 + i).isEmpty()) {
        flags.add(FLAGS.get(i));
      }
    }
    String keySpec = matcher.group(3);
    return new Argument(
        matcher.group(1),
        matcher.group(2),
        keySpec == null ? -1 : Integer.parseInt(keySpec),
        matcher.group(4),
        matcher.group(5),
        matcher.group(6),
        flags,
        parts);
  }

  private static final List<String> FLAGS = List.of("optional", "multiple", "multiple_token");
}
