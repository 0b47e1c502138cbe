namespace Latchkey.Tls.Tls13;

/// <summary>Where a pre-shared key comes from; RFC 8446 §7.1 gives each a binder label of its own, so that neither passes for the other.</summary>
internal enum PreSharedKeyOrigin
{
    /// <summary>A ticket of an earlier session: "res binder".</summary>
    Resumption,
    /// <summary>Agreed outside of TLS: "ext binder".</summary>
    External,
    /// <summary>Made of an external key by RFC 9258: "imp binder".</summary>
    Imported,
}
