import { beside } from "./support/beside";
import { companies } from "./support/neighbours";

jest.setTimeout(600_000);

beside(companies.another);
