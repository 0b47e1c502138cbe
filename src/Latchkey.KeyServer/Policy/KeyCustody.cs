namespace Latchkey.KeyServer.Policy;

/// <summary>What an edge may hold of a handshake, from the least to the most; the words are those of a site's <c>custody</c> at the edge.</summary>
public enum KeyCustody
{
    /// <summary>This session's keys, of a handshake that the key server conducts.</summary>
    Handshake,
    /// <summary>This session's keys, of a handshake that the edge conducts.</summary>
    SessionKeys,
    /// <summary>The master secret (TLS 1.3: the handshake secret), and tickets that hold one.</summary>
    MasterSecret,
    /// <summary>The key exchange's shared secret or private value.</summary>
    Exchange,
    /// <summary>All but the key: signatures of the edge's own key exchanges.</summary>
    Signature,
    /// <summary>Raw operations: an oracle for whatever the edge likes.</summary>
    Premaster,
    /// <summary>The private key, for a time.</summary>
    FetchedKey,
}
