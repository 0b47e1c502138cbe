using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls.Sessions;

namespace Latchkey.Client.Custodies;

/// <summary>Where the sessions of custody <c>session-keys</c> wait that have an identifier instead of a ticket. Thread-safe.</summary>
internal abstract class SessionIdentifiers
{
    /// <summary>What the key server is asked to make of an offer.</summary>
    public abstract SessionOffer AskFor(SessionOffer offer);

    /// <summary>Keeps what it made.</summary>
    /// <param name="made">Sealed by the key server; empty: nothing.</param>
    public abstract void Keep(SessionOffer offer, ReadOnlyMemory<byte> made);

    /// <summary>What the key server is to be asked with about an identifier. False: there is no use in asking.</summary>
    /// <param name="sealedState">The caller's to dispose; null: the identifier itself.</param>
    public abstract bool TryFind(ReadOnlySpan<byte> identifier, out SecretBytes? sealedState);
}

/// <summary>The key server keeps them (R2).</summary>
internal sealed class KeyServerIdentifiers : SessionIdentifiers
{
    public override SessionOffer AskFor(SessionOffer offer) => offer;

    public override void Keep(SessionOffer offer, ReadOnlyMemory<byte> made)
    {
    }

    public override bool TryFind(ReadOnlySpan<byte> identifier, out SecretBytes? sealedState)
    {
        sealedState = null;
        return identifier.Length == SessionCache.IdentifierSize;
    }
}

/// <summary>The edge keeps them, as sealed by the key server: it can do nothing with them but give them back (R9).</summary>
internal sealed class EdgeIdentifiers(BoundedMemory memory) : SessionIdentifiers
{
    public override SessionOffer AskFor(SessionOffer offer) => offer with { SessionIdentifier = default };

    public override void Keep(SessionOffer offer, ReadOnlyMemory<byte> made)
    {
        if (!offer.SessionIdentifier.IsEmpty && !made.IsEmpty)
            memory.Keep(offer.SessionIdentifier.Span, made.Span, offer.Facts.Lifetime);
    }

    public override bool TryFind(ReadOnlySpan<byte> identifier, out SecretBytes? sealedState)
    {
        sealedState = memory.Find(identifier);
        return sealedState is not null;
    }
}
