using Latchkey.Client.Links;

namespace Latchkey.KeyServer.Relay;

/// <summary>
/// How many relayed handshakes may be under way, of all edges together, by the names of the edges: one whose clients begin handshakes and leave does not take
/// the places of the others (attack 20); see the same rule in <see cref="Work.FairQueue"/>.
/// </summary>
internal sealed class HandshakePlaces(int limit) : FairPlaces<string>(limit);
