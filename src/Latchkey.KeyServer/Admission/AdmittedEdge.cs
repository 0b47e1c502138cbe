using System.Security.Cryptography.X509Certificates;

namespace Latchkey.KeyServer.Admission;

/// <summary>Who came in, and by which certificates, so that they can be judged again while the connection lasts.</summary>
/// <param name="Identity">Who.</param>
/// <param name="Chain">The edge's certificate, those above it, the root last. Never disposed: another thread may be judging them at any moment.</param>
internal sealed record AdmittedEdge(EdgeIdentity Identity, IReadOnlyList<X509Certificate2> Chain);
