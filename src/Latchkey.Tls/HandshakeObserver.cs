using Latchkey.Tls.Messages;

namespace Latchkey.Tls;

/// <summary>
/// Sees one handshake pass by (<c>demo --once</c>, <c>trace</c>); never sees a secret. Methods are called in order on the
/// handshake's own flow and must not block. Tickets that take time to be made, and what ends a handshake whose early data is delivered first, come after
/// <see cref="Completed"/>, on the flow that handles them.
/// </summary>
public abstract class HandshakeObserver
{
    /// <summary>The client sent a message of so many bytes, header included.</summary>
    public virtual void Received(HandshakeType type, int length) { }

    /// <summary>The server wrote a message of so many bytes, header included.</summary>
    public virtual void Sent(HandshakeType type, int length) { }

    /// <summary>The holder of the key did something; <paramref name="elapsed"/> includes the way there and back.</summary>
    public virtual void KeyOperation(string operation, TimeSpan elapsed) { }

    /// <summary>The handshake is over.</summary>
    public virtual void Completed(TlsHandshakeInfo info, TimeSpan elapsed) { }
}
