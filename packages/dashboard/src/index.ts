export {
  openDashboard,
  type Actions,
  type Dashboard,
  type DashboardSettings,
} from './server/openDashboard.ts';
