namespace Latchkey.Wire.Operations;

/// <summary>Where <see cref="Opcode.AnswerTls13"/> and <see cref="Opcode.ResumeTls13"/> cut the ladder of TLS 1.3 (catalogue X2): what is handed out, and with it everything below.</summary>
public enum Tls13Level : byte
{
    /// <summary>The (EC)DHE shared secret (custody <c>exchange</c>, K3).</summary>
    SharedSecret = 0,
    /// <summary>The ephemeral private value (custody <c>exchange</c> where it is handed over, K3a).</summary>
    PrivateValue = 1,
    /// <summary>The Handshake Secret of RFC 8446 §7.1 (custody <c>master-secret</c>, K3b).</summary>
    HandshakeSecret = 2,
    /// <summary>This connection's four traffic secrets and both Finished values (custody <c>session-keys</c>, K3c, F2, F3).</summary>
    TrafficSecrets = 3,
}
