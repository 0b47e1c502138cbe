using Latchkey.Client.Links;
using Latchkey.KeyServer.Keys;

namespace Latchkey.KeyServer.Admission;

/// <summary>On what terms edges come in at this moment. Immutable; a reload makes another one.</summary>
/// <param name="Addresses">Who may connect, before anything else is looked at (L2).</param>
/// <param name="Admission">Which certificates are accepted (L1).</param>
internal sealed record LinkTerms(AddressRules Addresses, EdgeAdmission Admission)
{
    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="KeyFilesException">A revocation list cannot be used.</exception>
    public static LinkTerms Read(KeyServerOptions options) =>
        new(options.PeerAddresses, new EdgeAdmission(options, RevocationFiles.Read(options.RevocationFiles, options.ClientAuthorities)));
}
