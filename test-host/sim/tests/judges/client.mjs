// Mattermost's own JavaScript client, unchanged, with what a browser has around it: `node client.mjs URL`.
//
// A line `JUDGE cut` or `JUDGE forget` on the standard output asks whoever started this to do that to the sockets.

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const require = createRequire(join(process.cwd(), 'index.js'));
const {Client4, ClientError, WebSocketClient} = require('@mattermost/client');
const {WebSocket} = require('ws');
const url = process.argv[2];
const PATIENCE = 5000;

globalThis.WebSocket = WebSocket;
globalThis.CloseEvent ??= class CloseEvent extends Event {
    constructor(type, init) {
        super(type);
        Object.assign(this, init);
    }
};

const ask = (what) => process.stdout.write(`JUDGE ${what}\n`);
const ids = (list) => list.map((item) => item.id);

function client(token) {
    const made = new Client4();
    made.setUrl(url);
    if (token) {
        made.setToken(token);
    }
    return made;
}

async function login(name) {
    const made = client();
    const me = await made.login(name, 'Passw0rd!x');
    assert.equal(me.username, name);
    return {api: made, id: me.id};
}

async function refused(promise, status, id) {
    const error = await promise.then(() => assert.fail(`${id} was expected`), (reason) => reason);
    assert.ok(error instanceof ClientError, String(error));
    assert.deepEqual([error.status_code, error.server_error_id], [status, id]);
    assert.ok(error.message);
}

// A socket whose events are kept until somebody takes them.
class Listener {
    events = [];
    waiting = [];
    missed = 0;
    closed = 0;
    opened = 0;

    // A browser sends its cookie with the upgrade; everything else sends its token as the first message.
    constructor(token, {cookie = false} = {}) {
        const headers = cookie ? {Cookie: `MMAUTHTOKEN=${token}`} : {};
        this.socket = new WebSocketClient({
            newWebSocketFn: (address) => new WebSocket(address, {headers}),
            minWebSocketRetryTime: 100,
            reconnectJitterRange: 50,
        });
        this.socket.addMessageListener((event) => this.take(event));
        this.socket.addMissedMessageListener(() => this.missed++);
        this.socket.addCloseListener(() => this.closed++);
        this.socket.addReconnectListener(() => this.opened++);
        this.socket.initialize(`${url.replace('http', 'ws')}/api/v4/websocket`, cookie ? undefined : token);
    }

    take(event) {
        this.events.push(event);
        this.waiting.forEach((look) => look());
    }

    async until(ready, what) {
        const end = Date.now() + PATIENCE;
        for (let found; Date.now() < end; await new Promise((wake) => setTimeout(wake, 5))) {
            found = ready();
            if (found) {
                return found;
            }
        }
        throw new Error(`${what} did not come; there were ${this.events.map(({event}) => event)}`);
    }

    // The next event with this name that fits; what came before it is forgotten.
    event(name, fits = () => true) {
        return this.until(() => {
            const at = this.events.findIndex((event) => event.event === name && fits(event));
            return at >= 0 && this.events.splice(0, at + 1).at(-1);
        }, name);
    }

    async post(name, message) {
        const event = await this.event(name, ({data}) => JSON.parse(data.post).message === message);
        return {...event, post: JSON.parse(event.data.post)};
    }

    reply(send) {
        let answer;
        send((message) => (answer = message));
        return this.until(() => answer, 'a reply');
    }
}

// The server, its people, their team.
const guest = client();
assert.equal((await guest.ping(false)).status, 'OK');
const config = await guest.getClientConfig();
assert.equal(config.Version, '11.6.0');
assert.equal((await guest.getClientLicenseOld()).IsLicensed, 'false');
await refused(guest.getMe(), 401, 'api.context.session_expired.app_error');
for (const username of ['admin', 'alice', 'bob', 'carol']) {
    const made = await guest.createUser({username, email: `${username}@example.com`, password: 'Passw0rd!x'});
    assert.equal(made.username, username);
    assert.equal(made.password, undefined);
}
await refused(guest.login('alice', 'wrong'), 401, 'api.user.login.invalid_credentials_email_username');
const admin = await login('admin');
const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map(login));
assert.match((await admin.api.getMe()).roles, /system_admin/);
assert.equal((await alice.api.getUserByUsername('bob')).id, bob.id);
assert.deepEqual(ids(await alice.api.getProfilesByIds([bob.id])), [bob.id]);
assert.deepEqual(ids(await alice.api.getProfilesByUsernames(['carol'])), [carol.id]);
assert.equal((await alice.api.patchMe({nickname: 'Al'})).nickname, 'Al');
const team = await admin.api.createTeam({name: 'judged', display_name: 'Judged', type: 'O'});
for (const {id} of [alice, bob, carol]) {
    assert.equal((await admin.api.addToTeam(team.id, id)).user_id, id);
}
assert.equal((await alice.api.getTeamByName('judged')).id, team.id);
assert.deepEqual(await alice.api.checkIfTeamExists('judged'), {exists: true});
assert.deepEqual(ids(await alice.api.getMyTeams()), [team.id]);
assert.deepEqual((await alice.api.getMyTeamMembers()).map((member) => member.team_id), [team.id]);
assert.equal((await alice.api.getTeamMembers(team.id)).length, 4);
assert.equal((await alice.api.getTeamStats(team.id)).total_member_count, 4);
assert.equal((await alice.api.autocompleteUsers('bo', team.id, '')).users[0].id, bob.id);
assert.deepEqual(ids(await alice.api.searchUsers('carol', {team_id: team.id})), [carol.id]);
assert.deepEqual(ids(await admin.api.getProfilesInTeam(team.id)).sort(), [admin, alice, bob, carol].map(({id}) => id).sort());

// A bot with a token.
const bot = await admin.api.createBot({username: 'robot', display_name: 'Robot', description: 'judged'});
await refused(alice.api.createBot({username: 'mine'}), 403, 'api.context.permissions.app_error');
assert.equal((await admin.api.getBot(bot.user_id)).username, 'robot');
assert.deepEqual((await admin.api.getBots()).map((known) => known.user_id), [bot.user_id]);
assert.equal((await admin.api.patchBot(bot.user_id, {display_name: 'Robot 2'})).display_name, 'Robot 2');
const access = await admin.api.createUserAccessToken(bot.user_id, 'for the judge');
assert.equal((await admin.api.getUserAccessTokensForUser(bot.user_id))[0].id, access.id);
await admin.api.addToTeam(team.id, bot.user_id);
const robot = {api: client(access.token), id: bot.user_id};
assert.equal((await robot.api.getMe()).is_bot, true);
await admin.api.disableUserAccessToken(access.id);
await refused(robot.api.getMe(), 401, 'api.context.session_expired.app_error');
await admin.api.enableUserAccessToken(access.id);

// Channels.
const channel = await admin.api.createChannel({team_id: team.id, name: 'court', display_name: 'Court', type: 'O'});
for (const {id} of [alice, bob, robot]) {
    assert.equal((await admin.api.addToChannel(id, channel.id)).channel_id, channel.id);
}
assert.equal((await alice.api.getChannelByName(team.id, 'court')).id, channel.id);
assert.equal((await alice.api.getChannelByNameAndTeamName('judged', 'court')).id, channel.id);
assert.ok(ids(await alice.api.getMyChannels(team.id)).includes(channel.id));
assert.ok(ids(await alice.api.getAllTeamsChannels()).includes(channel.id));
assert.ok((await alice.api.getMyChannelMembers(team.id)).some((member) => member.channel_id === channel.id));
assert.equal((await alice.api.getChannelMembers(channel.id)).length, 4);
assert.equal((await alice.api.getMyChannelMember(channel.id)).user_id, alice.id);
assert.equal((await alice.api.getChannelStats(channel.id)).member_count, 4);
assert.deepEqual(ids(await alice.api.autocompleteChannels(team.id, 'cour')), [channel.id]);
assert.deepEqual(ids(await alice.api.searchChannels(team.id, 'court')), [channel.id]);
assert.equal((await admin.api.patchChannel(channel.id, {header: 'in session'})).header, 'in session');
await refused(carol.api.createPost({channel_id: channel.id, message: 'no'}), 403, 'api.context.permissions.app_error');
const direct = await alice.api.createDirectChannel([alice.id, robot.id]);
assert.deepEqual([direct.type, (await robot.api.createDirectChannel([robot.id, alice.id])).id], ['D', direct.id]);
assert.equal((await alice.api.createGroupChannel([alice.id, bob.id, robot.id])).type, 'G');

// Two listeners: the bot sends its token as a message, bob's browser sends its cookie.
const robotSocket = new Listener(access.token);
const bobSocket = new Listener(bob.api.getToken(), {cookie: true});
for (const listener of [robotSocket, bobSocket]) {
    assert.equal((await listener.event('hello')).seq, 0);
    assert.equal(listener.socket.serverHostname, 'sim');
}
assert.equal((await robotSocket.reply((done) => robotSocket.socket.ping(done))).data.text, 'pong');

// Posts, threads, edits, pins, reactions, files, deletion, and what the sockets hear of them.
const root = await alice.api.createPost({channel_id: channel.id, message: 'hear, @robot', pending_post_id: `${alice.id}:1`});
const heard = await robotSocket.post('posted', 'hear, @robot');
assert.deepEqual([heard.post.id, heard.data.channel_type, heard.data.sender_name], [root.id, 'O', '@alice']);
assert.deepEqual(JSON.parse(heard.data.mentions), [robot.id]);
assert.equal((await bobSocket.post('posted', 'hear, @robot')).data.mentions, undefined);
const reply = await robot.api.createPost({channel_id: channel.id, message: 'aye', root_id: root.id});
assert.equal((await bobSocket.post('posted', 'aye')).post.root_id, root.id);
assert.equal(reply.props.from_bot, 'true');
assert.equal((await robot.api.patchPost({id: reply.id, message: 'aye, aye'})).message, 'aye, aye');
assert.equal((await bobSocket.post('post_edited', 'aye, aye')).post.id, reply.id);
const full = await robot.api.updatePost({...reply, message: 'aye'});
assert.deepEqual([full.message, full.root_id], ['aye', root.id]);
await bobSocket.post('post_edited', 'aye');
await refused(bob.api.patchPost({id: reply.id, message: 'no'}), 403, 'api.context.permissions.app_error');
const thread = await alice.api.getPostThread(root.id);
assert.deepEqual(thread.order.toSorted(), [root.id, reply.id].toSorted());
assert.equal(thread.posts[root.id].reply_count, 1);
assert.equal((await alice.api.addReaction(alice.id, reply.id, 'thumbsup')).emoji_name, 'thumbsup');
const reaction = await bobSocket.event('reaction_added');
assert.deepEqual([JSON.parse(reaction.data.reaction).post_id, JSON.parse(reaction.data.reaction).user_id], [reply.id, alice.id]);
assert.equal((await alice.api.getReactionsForPost(reply.id)).length, 1);
assert.equal((await alice.api.getPost(reply.id)).metadata.reactions[0].emoji_name, 'thumbsup');
await alice.api.removeReaction(alice.id, reply.id, 'thumbsup');
await bobSocket.event('reaction_removed');
await bob.api.pinPost(root.id);
assert.deepEqual((await bob.api.getPinnedPosts(channel.id)).order, [root.id]);
await bob.api.unpinPost(root.id);
const form = new FormData();
form.append('channel_id', channel.id);
form.append('client_ids', 'exhibit');
form.append('files', new Blob(['exhibit A']), 'exhibit.txt');
const upload = await alice.api.uploadFile(form);
assert.deepEqual(upload.client_ids, ['exhibit']);
const [file] = upload.file_infos;
const exhibit = await alice.api.createPost({channel_id: channel.id, message: 'exhibit', file_ids: [file.id]});
assert.equal(exhibit.metadata.files[0].name, 'exhibit.txt');
assert.deepEqual(ids(await bob.api.getFileInfosForPost(exhibit.id)), [file.id]);
const download = await fetch(bob.api.getFileUrl(file.id), {headers: {Authorization: `Bearer ${bob.api.getToken()}`}});
assert.equal(await download.text(), 'exhibit A');
const page = await alice.api.getPosts(channel.id, 0, 2);
assert.deepEqual(page.order, [exhibit.id, reply.id]);
assert.deepEqual((await alice.api.getPostsBefore(channel.id, exhibit.id, 0, 1)).order, [reply.id]);
assert.deepEqual((await alice.api.getPostsAfter(channel.id, reply.id)).order, [exhibit.id]);
assert.ok((await alice.api.getPostsSince(channel.id, root.create_at)).order.includes(reply.id));
assert.deepEqual(ids(await alice.api.getPostsByIds([root.id])), [root.id]);
const whisper = await admin.api.createPostEphemeral(bob.id, {channel_id: channel.id, message: 'psst'});
assert.equal((await bobSocket.post('ephemeral_message', 'psst')).post.id, whisper.id);
await refused(alice.api.deletePost(reply.id), 403, 'api.context.permissions.app_error');
await robot.api.deletePost(reply.id);
assert.equal(JSON.parse((await bobSocket.event('post_deleted')).data.post).id, reply.id);
await refused(alice.api.getPost(reply.id), 404, 'app.post.get.app_error');
const long = 'x'.repeat(16_384);
await refused(alice.api.createPost({channel_id: channel.id, message: long}), 400, 'model.post.is_valid.message_length.app_error');

// Presence, typing, read marks.
assert.equal((await alice.api.getStatusesByIds([bob.id]))[0].status, 'online');
assert.equal((await alice.api.updateStatus({user_id: alice.id, status: 'dnd'})).status, 'dnd');
assert.equal((await bob.api.getStatus(alice.id)).status, 'dnd');
const statuses = await robotSocket.reply((done) => robotSocket.socket.getStatusesByIds([alice.id], done));
assert.equal(statuses.data[alice.id], 'dnd');
robotSocket.socket.userTyping(channel.id, root.id);
const typing = await bobSocket.event('typing');
assert.deepEqual([typing.data.user_id, typing.data.parent_id], [robot.id, root.id]);
assert.ok('last_viewed_at_times' in await bob.api.viewMyChannel(channel.id));
assert.ok('last_viewed_at_times' in await bob.api.readMultipleChannels([channel.id]));

// Cut: the browser takes up its connection and misses nothing, the bot begins anew and is told so.
const before = {bob: bobSocket.socket.connectionId, robot: robotSocket.socket.connectionId};
ask('cut');
await bobSocket.until(() => bobSocket.closed === 1, 'the end of a socket');
await robotSocket.until(() => robotSocket.closed === 1, 'the end of a socket');
await alice.api.createPost({channel_id: channel.id, message: 'while you were out'});
await bobSocket.post('posted', 'while you were out');
assert.deepEqual([bobSocket.missed, bobSocket.socket.connectionId], [0, before.bob]);
await robotSocket.event('hello');
assert.equal(robotSocket.missed, 1);
assert.notEqual(robotSocket.socket.connectionId, before.robot);
await alice.api.createPost({channel_id: channel.id, message: 'welcome back'});
await Promise.all([robotSocket, bobSocket].map((listener) => listener.post('posted', 'welcome back')));

// A restarted server knows no connections: the browser is told that it missed something.
ask('forget');
await bobSocket.event('hello');
assert.deepEqual([bobSocket.missed, bobSocket.opened], [1, 2]);
await robotSocket.event('hello');
await alice.api.createPost({channel_id: channel.id, message: 'once more'});
await Promise.all([robotSocket, bobSocket].map((listener) => listener.post('posted', 'once more')));

// The end.
for (const {socket} of [robotSocket, bobSocket]) {
    socket.close();
}
await admin.api.removeFromChannel(bob.id, channel.id);
await admin.api.deleteChannel(channel.id);
await refused(alice.api.getChannelByName(team.id, 'court'), 404, 'app.channel.get_by_name.missing.app_error');
assert.notEqual((await alice.api.getChannelByName(team.id, 'court', true)).delete_at, 0);
await admin.api.unarchiveChannel(channel.id);
await admin.api.disableBot(bot.user_id);
await refused(robot.api.getMe(), 401, 'api.context.session_expired.app_error');
await admin.api.enableBot(bot.user_id);
await admin.api.revokeUserAccessToken(access.id);
await refused(robot.api.getMe(), 401, 'api.context.session_expired.app_error');
const token = alice.api.getToken();
await alice.api.logout();
await refused(client(token).getMe(), 401, 'api.context.session_expired.app_error');
ask('satisfied');
