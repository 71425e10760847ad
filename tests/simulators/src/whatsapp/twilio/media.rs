//! Files: an address that wants the account's key and sends on to a signed one, which refuses it.

use super::error::TwilioError;
use crate::http::{Reply, Request};
use crate::whatsapp::world::World;

/// `GET …/Messages/{message}/Media/{media}`, let in already.
pub(super) fn redirect(world: &World, media: &str) -> Reply {
    if world.files.get(media).is_none() {
        return TwilioError::of(20404).reply();
    }
    // Another name of the same server, as the real one sends on to another host.
    let elsewhere = world.server_url.replace("127.0.0.1", "localhost");
    let url = format!("{elsewhere}/twilio-media/{}", world.files.address(media));
    Reply::empty(307).header("location", url)
}

/// The bytes, at a signed address; a key beside the signature is one too many.
pub(in crate::whatsapp) fn signed(world: &World, token: &str, request: &Request) -> Reply {
    if request.header("authorization").is_some() {
        return Reply::new(400, "application/xml", "<Error><Code>InvalidArgument</Code></Error>");
    }
    world.files.at(token).map_or_else(|| Reply::empty(403), |file| file.reply())
}
