//! Everything the window can ask, one arm each. A command that nobody answers does not compile.

use std::{sync::Arc, time::Duration};

use model::{
    Call, Code, Conversation, ConversationId, Failure, ProfileId,
    command::{
        AlwaysLoad, ArchiveTable, Attach, ChangeGroup, ChangeTable, ChooseImages, ChooseProfile, Close, Connect,
        CopyImage, CopyOf, Decide, DeleteConversation, DeleteGroup, DeleteTable, Detach, Earlier, EditQueued,
        ExportDecisions, Fill, Forgetting, GiveWord, GoOn, GroupOf, Inbox, KeepGoing, Keychain, Launched, Leave,
        LoadOnce, MakeGroup, MakeTable, MarkRead, ModelsOf, Mute, NewConversation, Open, OpenLink, PasteImages,
        Refresh, RemoveProfile, RenameConversation, Reorder, ResetGroup, Retry, SaveDraft, SaveImage, Send, SendQueued,
        SetOptions, SetStreaming, SetTheme, SharedMemoryOf, Skip, StandingOf, Stop, TableOf, TakeBack, Unstick,
        UsageOf, Writing,
    },
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    approvals, connect,
    conversation::{AtTable, Input, OfOutbox, OfPage, Reply, Verdict, known, tell},
    groups,
    house::House,
    images, link, memory,
    profiles::unknown,
    store::StoreError,
    tables, threads, usage,
};

/// The first question does not wait longer for a keychain that is slow to answer.
const FIRST_LOOK: Duration = Duration::from_millis(400);

/// Asks a table something that only tables can be asked.
async fn at_table<T>(
    house: &Arc<House>,
    id: &ConversationId,
    asked: impl FnOnce(Reply<T>) -> AtTable,
) -> Result<T, Failure> {
    tell(house, id, |reply| Input::AtTable(asked(reply))).await
}

/// Does what is asked.
pub(crate) async fn answer(house: &Arc<House>, call: Call) -> Result<Value, Failure> {
    match call {
        Call::Launch(_) => json(launch(house).await),
        Call::Connect(Connect { place, key, memory_only }) => {
            json(connect::connect(house, place, key, memory_only).await?)
        }
        Call::RemoveProfile(RemoveProfile { profile }) => json(connect::remove(house, &profile).await?),
        Call::Forgetting(Forgetting { profile }) => {
            house.profiles.get(&profile).ok_or_else(unknown)?;
            json(tables::forgotten(house, &profile))
        }
        Call::ChooseProfile(ChooseProfile { profile }) => json(choose(house, &profile).await?),
        Call::Refresh(Refresh { profile }) => {
            house.profiles.get(&profile).ok_or_else(unknown)?;
            house.profiles.wake(&profile);
            json(())
        }
        Call::Open(Open { conversation }) => {
            house.images.opened(&conversation);
            remember(house.store.put_last_conversation(Some(&conversation)).await);
            json(tell(house, &conversation, Input::Open).await?)
        }
        Call::Close(Close { conversation }) => {
            house.images.closed(&conversation);
            json(tell(house, &conversation, Input::Close).await?)
        }
        Call::Earlier(Earlier { conversation }) => json(tell(house, &conversation, Input::Earlier).await?),
        Call::NewConversation(NewConversation { of, name }) => json(threads::start(house, &of, name).await?),
        Call::RenameConversation(RenameConversation { conversation, name }) => {
            json(threads::rename(house, &conversation, &name).await?)
        }
        Call::DeleteConversation(DeleteConversation { conversation }) => {
            json(threads::delete(house, &conversation).await?)
        }
        Call::Fill(Fill { conversation, gap }) => {
            json(tell(house, &conversation, |reply| Input::Fill { gap, reply }).await?)
        }
        Call::Send(Send { conversation, text, images }) => {
            json(tell(house, &conversation, |reply| Input::Send { text, images, reply }).await?)
        }
        Call::EditQueued(EditQueued { conversation, id, text }) => {
            json(tell(house, &conversation, |reply| Input::OfOutbox(OfOutbox::Edit { id, text, reply })).await?)
        }
        Call::TakeBack(TakeBack { conversation, id }) => {
            json(tell(house, &conversation, |reply| Input::OfOutbox(OfOutbox::TakeBack { id, reply })).await?)
        }
        Call::SendQueued(SendQueued { conversation }) => json(tell(house, &conversation, Input::SendQueued).await?),
        Call::KeepGoing(KeepGoing { conversation, agent }) => {
            json(tell(house, &conversation, |reply| Input::KeepGoing { agent, reply }).await?)
        }
        Call::SetOptions(SetOptions { conversation, options }) => {
            json(tell(house, &conversation, |reply| Input::OfOutbox(OfOutbox::SetOptions { options, reply })).await?)
        }
        Call::Stop(Stop { conversation }) => json(tell(house, &conversation, Input::Stop).await?),
        Call::Retry(Retry { conversation, item }) => {
            json(tell(house, &conversation, |reply| Input::Retry { item, reply }).await?)
        }
        Call::Leave(Leave { conversation, item }) => {
            json(tell(house, &conversation, |reply| Input::Leave { item, reply }).await?)
        }
        Call::Decide(Decide { conversation, tool_call, approve, reason, shown }) => {
            let verdict = Verdict { approve, reason, shown };
            json(tell(house, &conversation, |reply| Input::Decide { call: tool_call, verdict, reply }).await?)
        }
        Call::StandingOf(StandingOf { conversation, tool_call }) => {
            json(approvals::standing(house, &conversation, tool_call).await?)
        }
        Call::Inbox(Inbox { profile }) => {
            house.profiles.get(&profile).ok_or_else(unknown)?;
            json(approvals::inbox(house, &profile).await?)
        }
        Call::Unstick(Unstick { conversation, tool_call, way, shown }) => {
            json(tell(house, &conversation, |reply| Input::Unstick { call: tool_call, way, shown, reply }).await?)
        }
        Call::ExportDecisions(ExportDecisions { profile, format }) => {
            house.profiles.get(&profile).ok_or_else(unknown)?;
            json(approvals::export(house, &profile, format).await?)
        }
        Call::DecisionLog(asked) => json(approvals::log(house, asked).await?),
        Call::Guests(_) => json(tables::guests(house)),
        Call::MakeTable(MakeTable { profile, table }) => json(tables::make(house, &profile, table).await?),
        Call::TableOf(TableOf { conversation }) => json(tables::table_of(house, &conversation)?),
        Call::CopyOf(CopyOf { conversation }) => json(tables::copy_of(house, &conversation)?),
        Call::ChangeTable(ChangeTable { conversation, table }) => {
            json(at_table(house, &conversation, |reply| AtTable::Change { table: Box::new(table), reply }).await?)
        }
        Call::ArchiveTable(ArchiveTable { conversation, archived }) => {
            json(tables::archive(house, &conversation, archived).await?)
        }
        Call::DeleteTable(DeleteTable { conversation }) => json(tables::delete(house, &conversation).await?),
        Call::GiveWord(GiveWord { conversation, agents }) => {
            json(at_table(house, &conversation, |reply| AtTable::GiveWord { agents, reply }).await?)
        }
        Call::Skip(Skip { conversation, agent }) => {
            json(at_table(house, &conversation, |reply| AtTable::Skip { agent, reply }).await?)
        }
        Call::GoOn(GoOn { conversation }) => json(at_table(house, &conversation, AtTable::GoOn).await?),
        Call::Mute(Mute { conversation, agent, muted }) => {
            json(at_table(house, &conversation, |reply| AtTable::Mute { agent, muted, reply }).await?)
        }
        Call::Writing(Writing { conversation, on }) => {
            json(at_table(house, &conversation, |reply| AtTable::Writing { on, reply }).await?)
        }
        Call::MakeGroup(MakeGroup { profile, group }) => json(groups::make(house, &profile, group).await?),
        Call::GroupOf(GroupOf { conversation }) => json(groups::group_of(house, &conversation).await?),
        Call::ChangeGroup(ChangeGroup { conversation, group }) => {
            json(groups::change(house, &conversation, group).await?)
        }
        Call::ResetGroup(ResetGroup { conversation }) => json(groups::reset(house, &conversation).await?),
        Call::DeleteGroup(DeleteGroup { conversation }) => json(groups::delete(house, &conversation).await?),
        Call::ModelsOf(ModelsOf { conversation }) => json(memory::models(house, &conversation)?),
        Call::SharedMemoryOf(SharedMemoryOf { conversation }) => json(memory::shared(house, &conversation).await?),
        Call::UsageOf(UsageOf { conversation }) => json(usage::of(house, &conversation).await?),
        Call::SaveDraft(SaveDraft { conversation, text }) => {
            known(house, &conversation)?;
            match house.store.put_draft(&conversation, &text, house.clock.now()).await {
                // Kept, and written when the disk takes it; the warning is told.
                Ok(()) | Err(StoreError::Waiting { .. }) => json(()),
                Err(error) => Err(not_saved(&error)),
            }
        }
        Call::Attach(Attach { conversation, name, base64 }) => {
            json(images::attach_base64(house, &conversation, &name, &base64).await?)
        }
        Call::PasteImages(PasteImages { conversation }) => json(images::paste(house, &conversation).await?),
        Call::ChooseImages(ChooseImages { conversation }) => json(images::choose(house, &conversation).await?),
        Call::Detach(Detach { conversation, image }) => json(images::detach(house, &conversation, &image).await?),
        Call::Reorder(Reorder { conversation, images }) => json(images::reorder(house, &conversation, &images).await?),
        Call::LoadOnce(LoadOnce { conversation, item, index }) => {
            let url =
                tell(house, &conversation, |reply| Input::OfPage(OfPage::WhichImage { item, index, reply })).await?;
            json(images::load(house, &conversation, &url).await?)
        }
        Call::AlwaysLoad(AlwaysLoad { conversation, on }) => {
            json(tell(house, &conversation, |reply| Input::OfPage(OfPage::AlwaysLoad { on, reply })).await?)
        }
        Call::SaveImage(SaveImage { image }) => json(images::save(house, &image).await?),
        Call::CopyImage(CopyImage { image }) => json(images::copy(house, &image).await?),
        Call::MarkRead(MarkRead { conversation }) => {
            json(tell(house, &conversation, |reply| Input::OfPage(OfPage::MarkRead(reply))).await?)
        }
        Call::OpenLink(OpenLink { url }) => {
            let url = link::allowed(&url)?;
            house.outside.open_link(&url).map_err(|why| Failure::new(Code::Invalid, why))?;
            json(())
        }
        Call::SetStreaming(SetStreaming { profile, streaming }) => {
            house.profiles.stream(&profile, streaming).ok_or_else(unknown)?;
            match house.store.put_streaming(&profile, streaming).await {
                Ok(()) | Err(StoreError::Waiting { .. }) => json(()),
                Err(error) => Err(not_saved(&error)),
            }
        }
        Call::SetTheme(SetTheme { theme }) => match house.store.put_theme(theme).await {
            Ok(()) | Err(StoreError::Waiting { .. }) => json(()),
            Err(error) => Err(not_saved(&error)),
        },
    }
}

async fn launch(house: &House) -> Launched {
    let profiles = house.profiles.list();
    let listed = |id: &ProfileId| profiles.iter().any(|profile| profile.id == *id);
    let chosen = house.store.chosen_profile().await.ok().flatten();
    let profile = chosen.filter(listed).or_else(|| profiles.first().map(|profile| profile.id.clone()));
    let conversations = profile.as_ref().map(|profile| house.sidebar.of(profile)).unwrap_or_default();
    let last = house.store.last_conversation().await.ok().flatten();
    // Not known in time: connecting finds out, and says so before it saves.
    let keychain = match tokio::time::timeout(FIRST_LOOK, house.keys.available()).await {
        Ok(Err(why)) => Keychain::Missing { why },
        Ok(Ok(())) | Err(_) => Keychain::Works,
    };
    Launched {
        conversation: last.filter(|last| conversations.iter().any(|conversation| conversation.id == *last)),
        profiles,
        profile,
        conversations,
        theme: house.store.theme().await.unwrap_or_default(),
        keychain,
        storage_warning: house.store.warning().borrow().clone(),
        version: house.version.clone(),
    }
}

async fn choose(house: &House, profile: &ProfileId) -> Result<Vec<Conversation>, Failure> {
    house.profiles.get(profile).ok_or_else(unknown)?;
    remember(house.store.choose_profile(Some(profile)).await);
    Ok(house.sidebar.of(profile))
}

/// Something convenient that may be lost: which conversation was open, which server was chosen.
fn remember(kept: Result<(), StoreError>) {
    if let Err(error) = kept {
        tracing::warn!(%error, "not remembered");
    }
}

fn not_saved(error: &StoreError) -> Failure {
    Failure::new(Code::Storage, "This could not be saved.").details(error.to_string())
}

fn json(reply: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(reply).map_err(|error| {
        Failure::new(Code::Invalid, "Tertulia could not put its answer into words.").details(error.to_string())
    })
}
