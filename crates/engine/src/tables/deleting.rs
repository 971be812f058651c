//! Deleting a table. What was said at it is kept nowhere else; the conversations it had with its members are on their servers, and stand
//! in the list from then on as any others. How both databases forget it is `store::copies`.

use std::sync::Arc;

use model::{Code, ConversationId, Failure};
use tokio::sync::oneshot;

use super::{SavedTable, State, seat_conversation, state};
use crate::{
    conversation::{Input, OfPage, gone},
    house::House,
    store::StoreError,
};

/// Deletes a table; it goes from the sidebar. Whoever is at it is stopped.
///
/// # Errors
/// It is not there, or could not be deleted: then it is as it was, and stopped.
pub(crate) async fn delete(house: &Arc<House>, id: &ConversationId) -> Result<(), Failure> {
    let saved = house.tables.get(id).ok_or_else(gone)?;
    let (reply, _) = oneshot::channel();
    house.talks.tell_running(id, Input::Stop(reply));
    // From here on its task is not begun again.
    house.tables.forget(id);
    house.talks.end(|talk| talk == id).await;
    let state = state(house, id).await;
    match house.store.delete_table(id).await {
        Ok(()) | Err(StoreError::Waiting { .. }) => {}
        Err(error) => {
            house.tables.put(saved);
            return Err(Failure::new(Code::Storage, "The table could not be deleted.").details(error.to_string()));
        }
    }
    house.sidebar.take_out(id);
    bring_forward(house, &saved, state);
    house.images.forgot();
    for party in saved.table.seats.iter().chain(&saved.table.manager) {
        house.approvals.changed(&party.profile);
    }
    house.approvals.changed(&saved.profile);
    Ok(())
}

/// The members' conversations are listed. What was said there was read at the table.
fn bring_forward(house: &Arc<House>, saved: &SavedTable, state: State) {
    for (agent, thread) in state.threads {
        let Some(party) = saved.table.party(&agent) else { continue };
        let conversation = seat_conversation(party, Some(&thread));
        if house.sidebar.has(&conversation) {
            let (reply, _) = oneshot::channel();
            house.talks.tell(house, &conversation, Input::OfPage(OfPage::MarkRead(reply)));
        }
        house.sidebar.bring_forward(&conversation);
    }
}
