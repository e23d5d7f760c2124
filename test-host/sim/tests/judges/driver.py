"""The Python driver that others write bots with, unchanged: `python driver.py URL`.

A line `JUDGE cut` on the standard output asks whoever started this to drop the sockets.
"""

import asyncio
import io
import json
import sys
import time
from urllib.parse import urlsplit

from mattermostautodriver import AsyncTypedDriver, exceptions

ADDRESS = urlsplit(sys.argv[1])
PATIENCE = 5


def ask(what):
    print("JUDGE", what, flush=True)


def driver(**options):
    place = {"scheme": "http", "url": ADDRESS.hostname, "port": ADDRESS.port}
    return AsyncTypedDriver({**place, "keepalive": True, "keepalive_delay": 0.1, **options})


async def login(name):
    api = driver(login_id=name, password="Passw0rd!x")
    me = await api.login()
    assert (me["username"], api.client.userid) == (name, me["id"]), me
    return api


async def refused(call, kind, error_id):
    try:
        await call
    except kind as error:
        assert error.error_id == error_id, error.error_id
        assert len(error.request_id) == 26, error.request_id
    else:
        raise AssertionError(f"{error_id} was expected")


def ids(things):
    return [thing["id"] for thing in things]


class Listener:
    """A socket whose events are kept until somebody takes them."""

    def __init__(self, api):
        self.api = api
        self.events = []
        self.task = asyncio.create_task(api.init_websocket(self.take))

    async def take(self, text):
        message = json.loads(text)
        if "event" in message:
            self.events.append(message)

    async def event(self, name, fits=lambda data: True):
        """The next event with this name that fits; what came before it is forgotten."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for at, event in enumerate(self.events):
                if event["event"] == name and fits(event["data"]):
                    del self.events[: at + 1]
                    return event
            await asyncio.sleep(0.01)
        raise AssertionError(f"{name} did not come; there were {[e['event'] for e in self.events]}")

    async def post(self, name, message):
        event = await self.event(name, lambda data: json.loads(data["post"])["message"] == message)
        return event, json.loads(event["data"]["post"])

    async def stop(self):
        self.api.disconnect()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def people():
    """The server and who is on it."""
    guest = driver()
    assert (await guest.system.get_ping())["status"] == "OK"
    assert (await guest.system.get_client_config())["Version"] == "11.6.0"
    await refused(
        guest.users.get_user("me"), exceptions.NoAccessTokenProvided, "api.context.session_expired.app_error"
    )
    for name in ("admin", "alice", "bob", "carol"):
        made = await guest.users.create_user(f"{name}@example.com", name, password="Passw0rd!x")
        assert made["username"] == name and "password" not in made, made
    await guest.close()
    return [await login(name) for name in ("admin", "alice", "bob", "carol")]


async def main():
    admin, alice, bob, carol = await people()
    wrong = driver(login_id="alice", password="wrong")
    await refused(
        wrong.login(),
        exceptions.NoAccessTokenProvided,
        "api.user.login.invalid_credentials_email_username",
    )
    everybody = sorted(who.client.userid for who in (admin, alice, bob, carol))
    assert "system_admin" in (await admin.users.get_user("me"))["roles"]
    assert (await alice.users.get_user_by_username("bob"))["id"] == bob.client.userid
    assert ids(await alice.users.get_users_by_ids([bob.client.userid])) == [bob.client.userid]
    assert ids(await alice.users.get_users_by_usernames(["carol"])) == [carol.client.userid]
    assert (await alice.users.patch_user("me", nickname="Al"))["nickname"] == "Al"

    team = (await admin.teams.create_team("judged", "Judged", "O"))["id"]
    for who in (alice, bob, carol):
        member = await admin.teams.add_team_member(team, who.client.userid)
        assert (member["team_id"], member["user_id"]) == (team, who.client.userid), member
    assert (await alice.teams.get_team_by_name("judged"))["id"] == team
    assert await alice.teams.team_exists("judged") == {"exists": True}
    assert ids(await alice.teams.get_teams_for_user("me")) == [team]
    assert len(await alice.teams.get_team_members(team)) == 4
    assert (await alice.teams.get_team_stats(team))["active_member_count"] == 4
    assert ids(await alice.users.search_users("carol", team_id=team)) == [carol.client.userid]
    assert sorted(ids(await alice.users.get_users(in_team=team))) == everybody

    made = await admin.bots.create_bot("robot", "Robot", "judged")
    await refused(
        alice.bots.create_bot("mine"), exceptions.NotEnoughPermissions, "api.context.permissions.app_error"
    )
    assert [bot["user_id"] for bot in await admin.bots.get_bots()] == [made["user_id"]]
    access = await admin.users.create_user_access_token(made["user_id"], "for the judge")
    await admin.teams.add_team_member(team, made["user_id"])
    robot = driver(token=access["token"])
    assert (await robot.login())["is_bot"] is True

    channel = (await admin.channels.create_channel(team, "court", "Court", "O"))["id"]
    for who in (alice, bob, robot):
        await admin.channels.add_channel_member(channel, user_id=who.client.userid)
    several = await admin.channels.add_channel_member(channel, user_ids=[alice.client.userid, bob.client.userid])
    assert [member["channel_id"] for member in several] == [channel] * 2, several
    assert (await alice.channels.get_channel_by_name(team, "court"))["id"] == channel
    assert channel in ids(await alice.channels.get_channels_for_team_for_user("me", team))
    assert channel in ids(await alice.channels.get_channels_for_user("me"))
    assert len(await alice.channels.get_channel_members(channel)) == 4
    assert (await alice.channels.get_channel_stats(channel))["member_count"] == 4
    assert ids(await alice.channels.search_channels(team, "court")) == [channel]
    assert (await admin.channels.patch_channel(channel, header="in session"))["header"] == "in session"
    await refused(
        carol.posts.create_post(channel, "no"),
        exceptions.NotEnoughPermissions,
        "api.context.permissions.app_error",
    )
    pair = [alice.client.userid, robot.client.userid]
    direct = await alice.channels.create_direct_channel(pair)
    assert (direct["type"], direct["name"]) == ("D", "__".join(sorted(pair))), direct
    group = await alice.channels.create_group_channel([*pair, bob.client.userid])
    assert group["type"] == "G", group

    heard, seen = Listener(robot), Listener(bob)
    first = await heard.event("hello")
    assert first["seq"] == 0, first
    await seen.event("hello")

    root = await alice.posts.create_post(channel, "hear, @robot")
    event, post = await heard.post("posted", "hear, @robot")
    assert (post["id"], event["data"]["sender_name"]) == (root["id"], "@alice"), event
    assert json.loads(event["data"]["mentions"]) == [robot.client.userid], event
    reply = await robot.posts.create_post(channel, "aye", root_id=root["id"])
    assert (await seen.post("posted", "aye"))[1]["root_id"] == root["id"]
    assert (await robot.posts.patch_post(reply["id"], message="aye, aye"))["message"] == "aye, aye"
    assert (await seen.post("post_edited", "aye, aye"))[1]["id"] == reply["id"]
    assert (await robot.posts.update_post(reply["id"], reply["id"], message="aye"))["message"] == "aye"
    await refused(
        bob.posts.patch_post(reply["id"], message="no"),
        exceptions.NotEnoughPermissions,
        "api.context.permissions.app_error",
    )
    thread = await alice.posts.get_post_thread(root["id"])
    assert sorted(thread["order"]) == sorted([root["id"], reply["id"]]), thread
    assert thread["posts"][root["id"]]["reply_count"] == 1, thread

    thumb = {"user_id": alice.client.userid, "post_id": reply["id"], "emoji_name": "thumbsup"}
    assert (await alice.reactions.save_reaction(thumb))["emoji_name"] == "thumbsup"
    event = await seen.event("reaction_added")
    assert json.loads(event["data"]["reaction"])["post_id"] == reply["id"], event
    assert len(await alice.reactions.get_reactions(reply["id"])) == 1
    await alice.reactions.delete_reaction(alice.client.userid, reply["id"], "thumbsup")
    await seen.event("reaction_removed")
    await bob.posts.pin_post(root["id"])
    assert (await bob.channels.get_pinned_posts(channel))["order"] == [root["id"]]
    await bob.posts.unpin_post(root["id"])

    exhibit = io.BytesIO(b"exhibit A")
    exhibit.name = "exhibit.txt"
    file = (await alice.files.upload_file(exhibit, channel))["file_infos"][0]
    assert (file["name"], file["size"]) == ("exhibit.txt", 9), file
    shown = await alice.posts.create_post(channel, "exhibit", file_ids=[file["id"]])
    assert shown["metadata"]["files"][0]["id"] == file["id"], shown
    assert ids(await bob.posts.get_file_infos_for_post(shown["id"])) == [file["id"]]
    assert (await bob.files.get_file(file["id"])).content == b"exhibit A"
    assert (await bob.files.get_file_info(file["id"]))["mime_type"].startswith("text/plain")
    page = await alice.posts.get_posts_for_channel(channel, per_page=2)
    assert page["order"] == [shown["id"], reply["id"]], page["order"]
    page = await alice.posts.get_posts_for_channel(channel, after=reply["id"])
    assert page["order"] == [shown["id"]], page["order"]
    page = await alice.posts.get_posts_for_channel(channel, since=root["create_at"])
    assert reply["id"] in page["order"], page["order"]
    whisper = await admin.posts.create_post_ephemeral(
        bob.client.userid, {"channel_id": channel, "message": "psst"}
    )
    assert (await seen.post("ephemeral_message", "psst"))[1]["id"] == whisper["id"]
    await robot.posts.delete_post(reply["id"])
    event = await seen.event("post_deleted")
    assert json.loads(event["data"]["post"])["id"] == reply["id"], event
    await refused(alice.posts.get_post(reply["id"]), exceptions.ResourceNotFound, "app.post.get.app_error")
    await refused(
        alice.posts.create_post(channel, "x" * 16_384),
        exceptions.InvalidOrMissingParameters,
        "model.post.is_valid.message_length.app_error",
    )

    await robot.users.publish_user_typing("me", channel, root["id"])
    event = await seen.event("typing")
    assert event["data"] == {"parent_id": root["id"], "user_id": robot.client.userid}, event
    assert (await alice.status.get_user_status(bob.client.userid))["status"] == "online"
    set_to = await alice.status.update_user_status(alice.client.userid, "dnd")
    assert set_to["status"] == "dnd", set_to
    known = await bob.status.get_users_statuses_by_ids([alice.client.userid])
    assert [status["status"] for status in known] == ["dnd"], known
    assert (await bob.channels.get_channel_unread("me", channel))["channel_id"] == channel
    assert "last_viewed_at_times" in await bob.channels.view_channel("me", channel)

    # The driver knows no resuming: it connects anew, under another id.
    ask("cut")
    again = await heard.event("hello")
    assert again["data"]["connection_id"] != first["data"]["connection_id"], again
    await seen.event("hello")
    await alice.posts.create_post(channel, "welcome back")
    for listener in (heard, seen):
        await listener.post("posted", "welcome back")
        await listener.stop()

    await admin.channels.remove_user_from_channel(channel, bob.client.userid)
    await admin.channels.delete_channel(channel)
    archived = await alice.channels.get_channel_by_name(team, "court", include_deleted=True)
    assert archived["delete_at"] != 0, archived
    await admin.users.revoke_user_access_token(access["id"])
    gone = "api.context.session_expired.app_error"
    await refused(robot.users.get_user("me"), exceptions.NoAccessTokenProvided, gone)
    await alice.logout()
    await refused(alice.users.get_user("me"), exceptions.NoAccessTokenProvided, gone)
    for who in (admin, alice, bob, carol, robot, wrong):
        await who.close()
    ask("satisfied")


asyncio.run(main())
