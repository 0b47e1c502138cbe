namespace Latchkey.KeyServer.Requests;

/// <summary>The key that an edge's requests are signed with (L3).</summary>
/// <param name="Edge">As in <see cref="Policy.KeySourcePolicy"/>: a name in the edge's certificate, or the certificate's fingerprint.</param>
/// <param name="SubjectPublicKeyInfo">DER.</param>
public sealed record EdgeRequestKey(string Edge, ReadOnlyMemory<byte> SubjectPublicKeyInfo);
